"""The Debian packages, files and locales that text and fonts are taken from."""

from __future__ import annotations

MAN_LANGUAGES = tuple("cs da de el es fi fr hu id it mk nb nl pl pt-br ro ru sr sv uk vi tr".split())

FORTUNES: dict[str, tuple[str, ...]] = {
    "en": ("literature", "science", "work", "wisdom", "people", "law", "medicine", "education", "art", "fortunes"),
    "bg": ("bg",),
    "cs": ("cs", "cz"),
    "sk": ("sk",),
    "de": ("de",),
    "es": ("es",),
    "it": ("it", "italia", "luttazzi", "leggi", "formiche"),
    "pl": ("pl",),
    "pt": ("brasil",),
    "ru": ("ru",),
    "ga": ("ga",),
    "zh": ("chinese", "song100", "tang300"),
}
"""Files or folders of sayings, below /usr/share/games/fortunes."""

WORD_LISTS: dict[str, str] = {
    "en": "american-english",
    "bg": "bulgarian",
    "ca": "catalan",
    "da": "danish",
    "nl": "dutch",
    "fr": "french",
    "ga": "irish",
    "it": "italian",
    "de": "ngerman",
    "nb": "bokmål",
    "pl": "polish",
    "pt": "portuguese",
    "es": "spanish",
    "sv": "swedish",
    "uk": "ukrainian",
}

HUNSPELL: dict[str, str] = {
    "be": "be_BY",
    "el": "el_GR",
    "hr": "hr_HR",
    "hu": "hu_HU",
    "is": "is_IS",
    "lt": "lt_LT",
    "lv": "lv_LV",
    "ro": "ro_RO",
    "sk": "sk_SK",
    "sl": "sl_SI",
    "tr": "tr_TR",
    "vi": "vi_VN",
}

LOCALES: dict[str, tuple[str, ...]] = {
    "en": ("en_GB", "en_US"), "de": ("de_DE", "de_AT"), "fr": ("fr_FR",), "es": ("es_ES", "es_MX"), "it": ("it_IT",),
    "pt": ("pt_PT", "pt_BR"), "nl": ("nl_NL",), "da": ("da_DK",), "nb": ("no_NO",), "sv": ("sv_SE",), "fi": ("fi_FI",),
    "is": ("is_IS",), "pl": ("pl_PL",), "cs": ("cs_CZ",), "sk": ("sk_SK",), "sl": ("sl_SI",), "hr": ("hr_HR",),
    "hu": ("hu_HU",), "ro": ("ro_RO",), "lt": ("lt_LT",), "lv": ("lv_LV",), "et": ("et_EE",), "tr": ("tr_TR",),
    "vi": ("vi_VN",), "el": ("el_GR",), "ru": ("ru_RU",), "uk": ("uk_UA",), "bg": ("bg_BG",), "ga": ("ga_IE",),
    "zh": ("zh_CN",),
}  # fmt: skip

FONT_PACKAGES = """cabin cantarell clear-sans cmu comfortaa courier-prime crosextra-caladea crosextra-carlito
dejavu-core dejavu-extra ebgaramond freefont-ttf gfs-didot gfs-artemisia go hack-ttf inconsolata
inter jetbrains-mono lato liberation2 linuxlibertine lmodern manrope noto-core oldstandard
open-sans paratype quattrocento quicksand roboto-unhinted roboto-slab sil-andika sil-charis
sil-gentiumplus texgyre urw-base35 vollkorn firacode b612 arkpandora play stix jura karla oxygen
anonymous-pro comic-neue gnutypewriter tlwg-typewriter-otf ocr-b junicode adf-baskervald adf-romande adf-tribun
adf-mekanus adf-accanthis goudybookletter prociono fanwood cardo
noto-cjk wqy-microhei wqy-zenhei arphic-gbsn00lp arphic-gkai00mp arphic-uming lxgw-wenkai""".split()

_WORD_PACKAGES = """bulgarian danish dutch ngerman irish polish ukrainian portuguese norwegian american catalan
swedish french italian spanish""".split()

PACKAGES: tuple[str, ...] = (
    *("fortunes fortunes-min".split() + [f"fortunes-{lang}" for lang in "bg br cs de es it pl ru ga".split()]),
    *(["manpages"] + [f"manpages-{lang}" for lang in MAN_LANGUAGES]),
    "installation-guide-amd64",
    *"fortunes-zh debian-handbook manpages-zh".split(),
    *(f"w{name}" for name in _WORD_PACKAGES),
    *(f"hunspell-{lang}" for lang in HUNSPELL),
    *(f"fonts-{name}" for name in FONT_PACKAGES),
)  # fmt: skip
