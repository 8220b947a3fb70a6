"""The Debian packages, files and locales that training text and fonts are taken from."""

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

_TRAINED = """
Aerial.ttf AerialBd.ttf Andika-Bold.ttf Andika-Regular.ttf Anonymous_Pro.ttf B612-Regular.otf B612Mono-Regular.otf
C059-Bold.otf C059-Roman.otf C059-Italic.otf Cabin-Regular.otf Cabin-Bold.otf Caladea-Regular.ttf Caladea-Bold.ttf
Caladea-Italic.ttf Cantarell-Regular.otf Cantarell-Bold.otf Carlito-Regular.ttf Carlito-Bold.ttf Carlito-Italic.ttf
CharisSIL-Regular.ttf CharisSIL-Bold.ttf CharisSIL-Italic.ttf ClearSans-Regular.ttf Comfortaa-Regular.ttf
Courier_Prime.otf Courier_Prime_Bold.otf DejaVuSans.ttf DejaVuSans-Bold.ttf DejaVuSans-Oblique.ttf
DejaVuSansCondensed.ttf DejaVuSansCondensed-Bold.ttf DejaVuSerif.ttf DejaVuSerif-Bold.ttf DejaVuSerif-Italic.ttf
DejaVuSerifCondensed.ttf DejaVuSansMono.ttf DejaVuSansMono-Bold.ttf EBGaramond12-Regular.otf EBGaramond12-Bold.otf
EBGaramond12-Italic.otf FiraCode-Regular.ttf FreeMono.ttf FreeMonoBold.ttf FreeSans.ttf FreeSansBold.ttf
FreeSansOblique.ttf FreeSerif.ttf FreeSerifBold.ttf FreeSerifItalic.ttf GFSDidot.otf GFSDidotBold.otf
GNUTypewriter.ttf Go-Regular.ttf Go-Bold.ttf Go-Mono.ttf Inconsolata.otf Inter-Regular.otf Inter-Bold.otf
Inter-Italic.otf JetBrainsMono-Regular.ttf Jura-Medium.otf Karla-Regular.otf Karla-Bold.otf Lato-Regular.ttf
Lato-Bold.ttf Lato-Italic.ttf Lato-Light.ttf LiberationSans-Regular.ttf LiberationSans-Bold.ttf
LiberationSans-Italic.ttf LiberationSansNarrow-Regular.ttf LiberationSerif-Regular.ttf LiberationSerif-Bold.ttf
LiberationSerif-Italic.ttf LiberationMono-Regular.ttf LiberationMono-Bold.ttf LinLibertine_R.otf LinLibertine_RB.otf
LinLibertine_RI.otf LinBiolinum_R.otf Manrope-Regular.ttf NimbusRoman-Regular.otf NimbusRoman-Bold.otf
NimbusRoman-Italic.otf NimbusSans-Regular.otf NimbusSans-Bold.otf NimbusSansNarrow-Regular.otf
NimbusMonoPS-Regular.otf NotoSans-Regular.ttf NotoSans-Bold.ttf NotoSans-Italic.ttf NotoSerif-Regular.ttf
NotoSerif-Bold.ttf NotoSerif-Italic.ttf NotoSansDisplay-Regular.ttf NotoSerifDisplay-Regular.ttf
OldStandard-Regular.ttf OldStandard-Bold.ttf OldStandard-Italic.ttf OpenSans-Regular.ttf OpenSans-Bold.ttf
OpenSans-Italic.ttf OpenSans-CondBold.ttf P052-Roman.otf P052-Bold.otf P052-Italic.otf PTS55F.ttf PTS75F.ttf
PTN57F.ttf PTM55F.ttf Play-Regular.ttf Quattrocento-Regular.otf Quicksand-Medium.ttf Roboto-Regular.ttf
Roboto-Bold.ttf Roboto-Italic.ttf Roboto-Light.ttf RobotoCondensed-Regular.ttf RobotoCondensed-Bold.ttf
RobotoSlab-Regular.otf RobotoSlab-Bold.otf STIX-Regular.otf STIX-Bold.otf Tymes.ttf TymesBd.ttf URWBookman-Light.otf
URWBookman-Demi.otf URWGothic-Book.otf Veranda.ttf VerandaBd.ttf Vollkorn-Regular.ttf Vollkorn-Bold.ttf
Vollkorn-Italic.ttf cmunrm.ttf cmunbx.ttf cmunti.ttf cmunss.ttf cmuntt.ttf lmroman10-regular.otf lmsans10-regular.otf
lmmono10-regular.otf texgyreheros-regular.otf texgyreheros-bold.otf texgyrepagella-regular.otf
texgyreschola-regular.otf texgyretermes-regular.otf texgyrebonum-regular.otf texgyreadventor-regular.otf
ComicNeue-Regular.otf TlwgTypewriter.otf TlwgTypewriter-Bold.otf OCRB.otf
"""

_OLD_PRINT = """
BaskervaldADFStd.otf BaskervaldADFStd-Bold.otf BaskervaldADFStd-Italic.otf RomandeADFStd-Regular.otf
RomandeADFStd-DemiBold.otf RomandeADFStd-Italic.otf TribunADFStd-Regular.otf TribunADFStd-Bold.otf
TribunADFStd-Italic.otf MekanusADFStd-Regular.otf AccanthisADFStd-Regular.otf AccanthisADFStd-Italic.otf
GoudyBookletter1911.otf JunicodeTwoBeta-Regular.otf JunicodeTwoBeta-SemiCondensed.otf JunicodeTwoBeta-Italic.otf
JunicodeTwoBeta-Bold.otf Prociono.otf FanwoodText.otf FanwoodText-Italic.otf Cardo104s.ttf
"""

_HAN = """
gbsn00lp.ttf gkai00mp.ttf LXGWWenKai-Regular.ttf
"""

COLLECTIONS: dict[str, tuple[str, str]] = {
    "NotoSansSC-Regular.otf": ("NotoSansCJK-Regular.ttc", "Noto Sans CJK SC"),
    "NotoSansSC-Bold.otf": ("NotoSansCJK-Bold.ttc", "Noto Sans CJK SC"),
    "NotoSerifSC-Regular.otf": ("NotoSerifCJK-Regular.ttc", "Noto Serif CJK SC"),
    "NotoSerifSC-Bold.otf": ("NotoSerifCJK-Bold.ttc", "Noto Serif CJK SC"),
    "MicroHei.ttf": ("wqy-microhei.ttc", "WenQuanYi Micro Hei"),
    "ZenHei.ttf": ("wqy-zenhei.ttc", "WenQuanYi Zen Hei"),
    "UMing.ttf": ("uming.ttc", "AR PL UMing CN"),
}
"""Fonts out of collections: the name that each gets → its collection's file and its family there."""

HELDOUT_FONTS = """GentiumPlus-Regular.ttf GentiumPlus-Bold.ttf GentiumPlus-Italic.ttf PTF55F.ttf PTF75F.ttf
Hack-Regular.ttf Oxygen-Sans.ttf Oxygen-Sans-Bold.ttf GFSArtemisia.otf GFSArtemisiaBold.otf
texgyrecursor-regular.otf InterDisplay-Medium.otf ZenHei.ttf UMing.ttf""".split()
"""Families that are never trained on."""

TRAINED_FONTS: tuple[str, ...] = tuple(
    name.replace("_", " ") if "_Pro" in name or "_Prime" in name else name
    for name in (_TRAINED + _OLD_PRINT + _HAN).split()
)
"""File names; the families that training draws with."""

TYPEWRITERS = frozenset(
    """GNUTypewriter.ttf TlwgTypewriter.otf TlwgTypewriter-Bold.otf CourierPrime.otf CourierPrimeBold.otf FreeMono.ttf
    FreeMonoBold.ttf NimbusMonoPS-Regular.otf cmuntt.ttf lmmono10-regular.otf LiberationMono-Regular.ttf OCRB.otf
    texgyrecursor-regular.otf""".split()
)
"""What typescripts are set in, by the names that the files have in the data folder."""
BOOK_FACES = frozenset(
    _OLD_PRINT.split()
    + """OldStandard-Regular.ttf OldStandard-Italic.ttf EBGaramond12-Regular.otf C059-Roman.otf P052-Roman.otf
    cmunrm.ttf LinLibertine_R.otf texgyreschola-regular.otf texgyrepagella-regular.otf GFSDidot.otf GFSArtemisia.otf
    NimbusRoman-Regular.otf LiberationSerif-Regular.ttf PTF55F.ttf GentiumPlus-Regular.ttf""".split()
)
"""What old books are set in."""

FONTS: tuple[str, ...] = (*TRAINED_FONTS, *HELDOUT_FONTS, *COLLECTIONS)
