"""The font files that pages are set in, by name: which are trained on, which are held out, what they are for."""

from __future__ import annotations

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

_HANDWRITING = """
caveat marck-script pangolin kalam indie-flower handlee neucha shantell-sans shadows-into-light nothing-you-could-do
gochi-hand mynerve architects-daughter cedarville-cursive gloria-hallelujah sedgwick-ave homemade-apple reenie-beanie
bad-script patrick-hand
"""


def _file_of(package: str) -> str:
    return "".join(map(str.capitalize, package.split("-"))) + "-Regular.ttf"


WEB_FONTS: dict[str, str] = {_file_of(package): package for package in _HANDWRITING.split()}
"""The name that each font's file gets → the Fontsource package that it comes from."""
HANDWRITING = frozenset(WEB_FONTS)
"""Faces that look as if written by hand, by the names that the files have in the data folder; only where asked for."""

HELDOUT_FONTS = """GentiumPlus-Regular.ttf GentiumPlus-Bold.ttf GentiumPlus-Italic.ttf PTF55F.ttf PTF75F.ttf
Hack-Regular.ttf Oxygen-Sans.ttf Oxygen-Sans-Bold.ttf GFSArtemisia.otf GFSArtemisiaBold.otf
texgyrecursor-regular.otf InterDisplay-Medium.otf ZenHei.ttf UMing.ttf
BadScript-Regular.ttf PatrickHand-Regular.ttf""".split()
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

FONTS: tuple[str, ...] = (*TRAINED_FONTS, *HELDOUT_FONTS, *COLLECTIONS, *WEB_FONTS)
