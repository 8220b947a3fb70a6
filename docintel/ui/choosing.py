"""The choice of a collection, which several pages offer."""

import streamlit as st

from docintel.home import Home
from docintel.library import Collection
from docintel.model import User

ALL = "All collections"


def collection(home: Home) -> str | None:
    """The name of the collection that is looked at, or None: all. It stands in the address."""
    labels = _labels(home)
    if len(labels) < 2:
        return None
    chosen = st.selectbox(
        "Collection",
        [ALL, *labels],
        key="collection",
        format_func=lambda name: labels.get(name, name),
        label_visibility="collapsed",
        bind="query-params",
        width=220,
    )
    return None if chosen == ALL else chosen


def label_of(home: Home, name: str) -> str:
    """As it stands in the address."""
    return _labels(home).get(name, name)


def _labels(home: Home) -> dict[str, str]:
    """By name, of those that hold documents."""
    return {each.name: label(each, home.library.user) for each in home.library.collections()}


def label(collection: Collection, user: User | None) -> str:
    """Its title, and whose it is where it is another's."""
    is_own = collection.owner == (user.id if user else "")
    return collection.title if is_own or not collection.owner else f"{collection.title} · {collection.owner}"
