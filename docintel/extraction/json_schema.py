"""JSON Schema, as pydantic models write it too, read as a schema of fields."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from docintel.errors import UsageError
from docintel.extraction.schema import FieldType, Schema

_TYPES = {"string": "text", "number": "number", "integer": "number", "boolean": "yes/no", "array": "list"}
_FORMATS = {"date": FieldType.DATE, "date-time": FieldType.DATE}
_OWN_TYPE = "x-type"
"""One of docintel's types, where JSON Schema has none: amount, code."""


def is_json_schema(data: object) -> bool:
    return isinstance(data, Mapping) and ("properties" in data or "$ref" in data)


def from_json_schema(data: Mapping[str, Any], name: str) -> Schema:
    """`name`: what it is called where it has no title. Raises UsageError."""
    root = _resolved(data, data)
    return schema_from(
        {
            "name": str(root.get("title") or name),
            "description": str(root.get("description") or ""),
            "fields": _fields(root, data),
        }
    )


def schema_from(data: object) -> Schema:
    """From docintel's own form. Raises UsageError, which says what is wrong and where."""
    try:
        return Schema.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"The schema cannot be used: {f'{place}: ' if place else ''}{said}.") from error


def _fields(node: Mapping[str, Any], root: Mapping[str, Any]) -> list[dict[str, Any]]:
    properties = node.get("properties")
    if not isinstance(properties, Mapping):
        raise UsageError("The JSON Schema must be of an object with properties: they are the fields.")
    return [_field(str(name), _resolved(each, root), root) for name, each in properties.items()]


def _field(name: str, node: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    type = str(node.get(_OWN_TYPE) or _FORMATS.get(node.get("format", "")) or _type_of(name, node))
    items = _resolved(node.get("items") or {}, root) if type == FieldType.LIST else {}
    return {
        "name": name,
        "type": type,
        "description": str(node.get("description") or ""),
        "fields": _fields(items, root) if "properties" in items else [],
    }


def _type_of(name: str, node: Mapping[str, Any]) -> str:
    found = _TYPES.get(str(node.get("type", "string")))
    if found is None:
        raise UsageError(
            f"The field {name} is of the type {node.get('type')}. Use string, number, integer, boolean, or an array of "
            "strings or of objects."
        )
    return found


def _resolved(node: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without references, and without “or null”, which every field may be."""
    for _ in range(8):
        if "$ref" in node:
            node = {**_target(str(node["$ref"]), root), **{key: node[key] for key in node if key != "$ref"}}
        elif choices := [each for each in node.get("anyOf", ()) if each.get("type") != "null"]:
            node = {**choices[0], **{key: node[key] for key in node if key != "anyOf"}}
        elif isinstance(node.get("type"), list):
            node = {**node, "type": next((each for each in node["type"] if each != "null"), "string")}
        else:
            return node
    raise UsageError("The JSON Schema refers to itself: nested objects cannot be extracted.")


def _target(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any]:
    node: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        node = node.get(part) if isinstance(node, Mapping) and part else node
    if not reference.startswith("#") or not isinstance(node, Mapping):
        raise UsageError(f"The JSON Schema refers to {reference}, which is not in it.")
    return node
