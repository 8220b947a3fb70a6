"""What the forms ask, in several languages: a title, questions with their options, statements, and a paragraph."""

from dataclasses import dataclass
from pathlib import Path

FONTS = Path("/usr/share/fonts/truetype")
NOTO, SERIF = FONTS / "noto/NotoSans-Regular.ttf", FONTS / "noto/NotoSerif-Regular.ttf"
HEBREW = FONTS / "noto/NotoSansHebrew-Regular.ttf"


@dataclass(frozen=True)
class Language:
    """`fonts` are files, or names of MuPDF's own; `mirrored` text is written from right to left."""

    fonts: tuple[str | Path, ...]
    title: str
    questions: tuple[tuple[str, tuple[str, ...]], ...]
    statements: tuple[str, ...]
    paragraph: str
    mirrored: bool = False


LANGUAGES = {
    "en": Language(
        ("helv", "tiro", NOTO, SERIF),
        "Order for the office",
        (
            ("Oil changed?", ("Yes", "No")),
            ("Delivery:", ("Own van", "Courier", "Order picked up")),
            ("Paid by", ("Cash", "Card", "Invoice", "Other")),
            ("Contact me by:", ("Phone", "E-mail", "Letter")),
        ),
        ("Doors locked", "Heating off", "Old keys returned", "Damage reported", "Order confirmed", "0 faults found"),
        "Only one box should be ticked for each question. Of 100 orders, 90 are sent on the same day; O. Doyle signs.",
    ),
    "de": Language(
        ("helv", "tiro", NOTO, SERIF),
        "Antrag auf Erstattung",
        (
            ("Geschlecht:", ("weiblich", "männlich", "divers")),
            ("Anlage beigefügt?", ("ja", "nein")),
            ("Zahlungsart:", ("Überweisung", "Lastschrift", "bar")),
        ),
        ("Ohne Mängel übernommen", "Übergabe vereinbart", "Öl geprüft", "Datenschutz gelesen"),
        "Der Antrag wird innerhalb von 30 Tagen geprüft. Ohne Belege kann nichts erstattet werden.",
    ),
    "fr": Language(
        ("helv", "tiro", NOTO),
        "Demande de congé",
        (
            ("Type de congé :", ("Payé", "Sans solde", "Maladie")),
            ("Remplaçant prévu ?", ("Oui", "Non")),
            ("Période", ("Matin", "Après-midi", "Journée")),
        ),
        ("Ordre de mission joint", "Dossier complet", "Outils rendus", "Accord du responsable"),
        "Le dossier est transmis au service du personnel. On répond à toutes les demandes en 10 jours.",
    ),
    "es": Language(
        ("helv", "tiro", NOTO),
        "Ficha de inscripción",
        (
            ("Turno:", ("Mañana", "Tarde", "Noche")),
            ("¿Es socio?", ("Sí", "No")),
            ("Transporte", ("Coche", "Autobús", "Otro")),
        ),
        ("Acepto las normas", "Documento entregado", "Cuota pagada", "Quiero recibir avisos"),
        "Los datos se guardan 10 años o hasta que usted pida otra cosa. O bien llame a la oficina.",
    ),
    "ru": Language(
        (NOTO, SERIF),
        "Заявление о приёме",
        (
            ("Пол:", ("мужской", "женский")),
            ("Нужно общежитие?", ("Да", "Нет")),
            ("Форма обучения:", ("Очная", "Заочная", "Вечерняя")),
        ),
        ("Оригинал сдан", "Копии проверены", "Оплата внесена", "Согласие получено"),
        "Оригиналы документов возвращаются через 10 дней. О решении сообщают письмом.",
    ),
    "el": Language(
        (NOTO, SERIF),
        "Αίτηση εγγραφής",
        (
            ("Φύλο:", ("Άνδρας", "Γυναίκα")),
            ("Πληρωμή:", ("Μετρητά", "Κάρτα", "Τράπεζα")),
        ),
        ("Όλα τα έγγραφα", "Οδηγίες", "Έλεγχος ταυτότητας"),
        "Ο αιτών παραλαμβάνει την απόφαση σε 10 ημέρες. Ο φάκελος μένει στο γραφείο.",
    ),
    "ja": Language(
        ("japan",),
        "利用申込書",
        (
            ("性別:", ("男性", "女性")),
            ("支払方法:", ("現金", "振込", "口座振替")),
            ("会員ですか。", ("はい", "いいえ")),
        ),
        ("日程を確認した", "口座を登録した", "回答を受け取った", "田中に連絡した"),
        "申込書は日曜日までに受付へ提出してください。口座の変更は前日までに連絡してください。",
    ),
    "zh": Language(
        ("china-s",),
        "报名登记表",
        (
            ("性别:", ("男", "女")),
            ("付款方式:", ("现金", "银行卡", "转账")),
            ("是否会员:", ("是", "否")),
        ),
        ("已阅读说明", "日期已确认", "回执已寄出", "材料齐全"),
        "请在星期日以前把表格交到服务台。因故不能参加的, 请提前一天通知。",
    ),
    "he": Language(
        (HEBREW,),
        "טופס הרשמה",
        (
            ("מין:", ("זכר", "נקבה")),
            ("אמצעי תשלום:", ("מזומן", "כרטיס", "העברה")),
        ),
        ("המסמכים התקבלו", "הבקשה אושרה", "קראתי את התנאים"),
        "הטופס יימסר למשרד לפני סוף השבוע. הודעה תישלח בדואר.",
        mirrored=True,
    ),
}
