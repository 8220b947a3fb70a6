"""What documents call the same things: words of forms, invoices and contracts in many languages, by meaning.

One line a meaning; a word may stand in several. A language that a search model does not know, and a question in
another language than the document, find a label by these. Words are compared folded and by their beginnings, so
inflected forms need no entry of their own; words of unspaced scripts are compared whole.
"""

MEANINGS: dict[str, str] = {
    "total": """genel total totals sum overall grand gesamt gesamtbetrag gesamtsumme summe endbetrag
        rechnungsbetrag endsumme somme totale importe suma totaal totaalbedrag kwota razem celkem spolu
        částka soucet összesen végösszeg totalul toplam tổng cộng summa yhteensä beløb belopp samlet итого
        всего сумма общая итог разом загальна сума общо σύνολο συνολικό ποσό 合计 合計 总计 總計 总额 總額
        总金额 総額 総計 合計金額 합계 총액 총계 المجموع الإجمالي اجمالي جمع کل مجموع סהכ סך כולל कुल योग
        รวม ยอดรวม รวมทั้งสิ้น jumlah""",
    "amount": """amount sum value betrag summe wert montant somme importe cantidad monto importo ammontare
        valor quantia bedrag kwota wartość částka hodnota suma összeg tutar miktar số tiền beløb belopp
        summa сумма стоимость сума вартість ποσό αξία 金额 金額 数额 額 금액 المبلغ مبلغ قيمة סכום राशि रकम
        จำนวนเงิน มูลค่า jumlah""",
    "pay": """pay payable paid payment due settle zahlen zahlung zahlbar zahlbetrag bezahlen payer paiement
        règlement pagar pago abonar pagare pagamento betalen betaling zapłata płatność zapłaty platba úhrada
        uhradiť fizetés fizetendő plată ödeme thanh toán betalning maksu оплата оплаты оплате платеж платить
        оплати платіж πληρωμή πληρωτέο 支付 付款 应付 应付金额 支払 支払い お支払い 지급 지불 납부 결제
        الدفع السداد المستحق دفع پرداخت תשלום לתשלום भुगतान देय ชำระ จ่าย pembayaran""",
    "due": """due deadline expiry fällig fälligkeit fälligkeitsdatum zahlungsziel zahlbar frist échéance
        limite vencimiento vence plazo scadenza vencimento prazo vervaldatum termijn termin płatności
        splatnost splatnosti lejárat határidő scadență vade son hạn đáo forfald forfaldsdato förfallodag
        eräpäivä срок оплатить термін λήξη προθεσμία 到期 到期日 截止 期限 支払期限 支払期日 期日 締切 만기
        기한 납기 الاستحقاق استحقاق سررسید פירעון मुद्दत अंतिम नियत ครบกำหนด กำหนด jatuh tempo""",
    "date": """date dated day datum tag vom fecha día data giorno dia dátum dzień den kelt keltezés dată
        tarih tarihi ngày dato päivä päivämäärä дата число день ημερομηνία 日期 日付 年月日 日 発行日 작성일
        날짜 일자 التاريخ تاريخ יום תאריך दिनांक तारीख तिथि วันที่ tanggal""",
    "invoice": """invoice bill rechnung facture factura fattura fatura factuur faktura faktúra számla hóa
        đơn lasku счет счёт счет-фактура рахунок фактура τιμολόγιο 发票 發票 请款单 請求書 請求 インボイス
        청구서 송장 فاتورة الفاتورة فاکتور صورتحساب חשבונית चालान बिल ใบแจ้งหนี้ ใบกำกับ tagihan""",
    "number": """number no nr num reference ref id code nummer zeichen aktenzeichen kennzeichen numéro
        número numero référence referencia riferimento kenmerk numer číslo szám număr numara numarası số
        номер № шифр αριθμός 号 编号 編號 号码 番号 番號 번호 رقم الرقم شماره מספר संख्या क्रमांक नंबर नम्बर
        เลขที่ หมายเลข nomor""",
    "tax": """mehrwertsteuer tax vat gst mwst umsatzsteuer steuer ust tva taxe impôt iva impuesto imposta imposto btw
        belasting podatek dph daň áfa adó kdv vergi thuế gtgt moms skat skatt vero alv ндс налог пдв податок
        ддс φπα φόρος 税 税额 税金 增值税 増値税 消費税 부가세 세금 세액 ضريبة الضريبة القيمة المضافة مالیات
        מעמ מס कर जीएसटी ภาษี pajak ppn""",
    "net": """net subtotal netto nettobetrag zwischensumme hors ht sous-total base imponible imponibile
        mezisoučet без подытог 小计 小計 未税 税抜 소계 공급가액 المجموع الفرعي صافي उपयोग ยอดสุทธิ""",
    "price": """kostet coûte cuesta kost kosztuje стоит коштує
        price cost charge fee preis kosten gebühr entgelt einzelpreis prix coût tarif frais
        precio coste costo tarifa prezzo tariffa preço custo prijs tarief cena koszt opłata poplatek ár díj
        preț fiyat ücret giá phí pris afgift avgift hinta цена стоимость тариф плата ціна вартість τιμή
        κόστος 价格 單價 单价 价钱 费用 費用 价 価格 単価 料金 金額 가격 단가 요금 비용 السعر سعر التكلفة
        رسوم قیمت هزینه מחיר עלות मूल्य दर शुल्क कीमत ราคา ค่า harga biaya""",
    "quantity": """quantity qty count pieces units menge anzahl stück quantité qté cantidad unidades
        quantità qtà quantidade aantal hoeveelheid ilość množství počet mennyiség cantitate miktar adet số
        lượng antal määrä количество кол-во кількість ποσότητα 数量 數量 个数 個数 수량 الكمية كمية تعداد
        כמות मात्रा จำนวน jumlah""",
    "customer": """customer client buyer purchaser kunde kundin käufer auftraggeber acheteur cliente
        comprador acquirente klant koper klient nabywca zákazník odběratel vevő ügyfél cumpărător müşteri
        alıcı khách hàng køber kund köpare asiakas ostaja клиент заказчик покупатель замовник покупець
        πελάτης αγοραστής 客户 客戶 买方 購買方 购买方 顾客 お客様 顧客 発注者 買主 고객 구매자 매수인
        العميل عميل المشتري الزبون مشتری خریدار לקוח קונה ग्राहक क्रेता ลูกค้า ผู้ซื้อ pelanggan pembeli""",
    "supplier": """supplier seller vendor issuer provider lieferant verkäufer anbieter auftragnehmer
        fournisseur vendeur prestataire proveedor vendedor fornitore venditore fornecedor leverancier
        verkoper dostawca sprzedawca dodavatel prodávající eladó szállító furnizor satıcı tedarikçi nhà cung
        cấp người bán leverandør sælger leverantör säljare toimittaja myyjä поставщик продавец исполнитель
        постачальник продавець προμηθευτής πωλητής 供应商 卖方 賣方 销售方 供方 供給者 売主 仕入先 공급자
        판매자 매도인 المورد البائع فروشنده תאمین ספק מוכר विक्रेता आपूर्तिकर्ता ผู้ขาย penjual pemasok""",
    "name": """name names called vorname nachname nom prénom nombre apellido apellidos nome cognome
        sobrenome naam voornaam nazwa imię nazwisko jméno příjmení název meno priezvisko név nume prenume ad
        adı soyadı isim tên họ navn namn nimi имя фамилия фио наименование название имени ім'я прізвище
        назва ПІБ όνομα επώνυμο ονοματεπώνυμο 姓名 名称 名前 氏名 名 お名前 이름 성명 성함 الاسم اسم نام שם
        नाम ชื่อ nama""",
    "address": """address street residence domicile adresse anschrift wohnort dirección domicilio indirizzo
        endereço morada adres adresa adresă địa chỉ osoite адрес место жительства адреса διεύθυνση 地址 住所
        住址 所在地 주소 العنوان عنوان آدرس نشانی כתובת पता ที่อยู่ alamat""",
    "phone": """phone telephone tel mobile telefon rufnummer handy téléphone portable teléfono móvil
        telefono cellulare telefone celular telefoon mobiel telefonu telefón puhelin điện thoại телефон тел
        τηλέφωνο 电话 電話 手机 전화 연락처 الهاتف هاتف جوال تلفن טלפון दूरभाष फोन फ़ोन मोबाइल โทรศัพท์
        telepon""",
    "email": """email e-mail mail correo courriel e-posta почта эл.почта електронна 邮箱 电子邮件 メール
        이메일 البريد ایمیل דואל ईमेल อีเมล""",
    "bank": """bank iban bic account kontonummer konto bankverbindung banque compte banco cuenta banca conto
        conta rekening rachunek účet bankszámla cont hesap tài khoản pankki tili банк счет банка рахунок
        τράπεζα λογαριασμός 银行 账号 帐号 開戶行 银行账户 銀行 口座 은행 계좌 البنك بنك حساب בנק חשבון बैंक
        खाता ธนาคาร บัญชี""",
    "contract": """contract agreement lease deed vertrag vereinbarung mietvertrag contrat accord bail
        convention contrato acuerdo contratto accordo overeenkomst umowa porozumienie smlouva dohoda zmluva
        szerződés contractul sözleşme hợp đồng aftale kontrakt avtal sopimus договор соглашение контракт
        договір угода σύμβαση συμφωνία 合同 契約 契約書 协议 協議 계약 계약서 العقد عقد الاتفاقية قرارداد
        חוזה הסכם अनुबंध समझौता करार สัญญา kontrak perjanjian""",
    "landlord": """landlord lessor owner vermieter vermieterin bailleur propriétaire arrendador propietario
        locatore proprietario locador senhorio verhuurder wynajmujący pronajímatel prenajímateľ bérbeadó
        locator kiraya veren bên cho thuê udlejer hyresvärd vuokranantaja арендодатель наймодатель
        орендодавець εκμισθωτής 出租人 甲方 房东 賃貸人 貸主 임대인 المؤجر موجر משכיר मकान मालिक ผู้ให้เช่า""",
    "tenant": """tenant lessee renter mieter mieterin locataire preneur arrendatario inquilino locatario
        conduttore huurder najemca nájemce nájomca bérlő locatar chiriaș kiracı bên thuê người lejer
        hyresgäst vuokralainen арендатор наниматель орендар μισθωτής 承租人 乙方 租客 賃借人 借主 임차인
        المستأجر مستأجر مستاجر שוכר किरायेदार ผู้เช่า""",
    "rent": """rent rental miete mietzins kaltmiete warmmiete loyer alquiler renta affitto canone aluguel
        renda huur huurprijs czynsz nájemné nájem nájomné bérleti chirie kira tiền thuê leje hyra vuokra
        аренда арендная аренды оренда орендна наем ενοίκιο μίσθωμα 租金 房租 家賃 賃料 임대료 월세 차임
        الإيجار ايجار اجاره שכר דירה किराया ค่าเช่า sewa""",
    "deposit": """deposit kaution sicherheit anzahlung caution dépôt garantie acompte fianza depósito
        cauzione caparra caução waarborg borg kaucja kauce kaució óvadék garanție depozito đặt cọc depositum
        deposition vakuus залог депозит задаток обеспечительный застава завдаток εγγύηση προκαταβολή 押金
        定金 保证金 敷金 保証金 보증금 계약금 التأمين العربون ودیعه פיקדון जमानत जमा เงินมัดจำ มัดจำ jaminan""",
    "term": """dauert dauern dura dure duurt trwa trvá lasts last
        term period duration length dauer laufzeit zeitraum mietdauer befristet dure durée période
        duración plazo periodo vigencia durata duração prazo vigência duur looptijd periode okres czas
        trvání doba időtartam durată perioada süre süresi thời hạn varighed löptid kesto срок период
        действия строк термін період διάρκεια περίοδος 期限 租期 期间 有效期 期間 有効期間 기간 المدة مدة
        فترة مدت דوره תקופה משך अवधि ระยะเวลา jangka waktu""",
    "begin": """begin begins start starts commence commencement effective beginn beginnt anfang ab début
        inicio comienza comienzo inizio decorrenza início ingangsdatum aanvang początek rozpoczęcie začátek
        počátek začiatok kezdet kezdő început başlangıç bắt đầu begynder börjar alku начало начинается
        начала с початок починається έναρξη 开始 起始 生效 起租 開始 始期 시작 개시 بداية يبدأ البدء شروع
        התחלה תחילת प्रारंभ शुरू आरंभ เริ่ม mulai""",
    "end": """terminate terminates
        end ends expire expires expiry close closes finish until ende endet ablauf läuft schließt fin
        finit ferme termina finaliza vence cierra fine scade chiude fim encerra fecha einde eindigt sluit
        koniec kończy upływa konec končí vége lejár zár sfârșit închide bitiş biter sona kết thúc slutter
        slut loppu päättyy конец окончание заканчивается истекает окончания закрывается кінець закінчується
        завершення λήξη λήγει τέλος 结束 終了 终止 截止 满期 終期 종료 만료 نهاية ينتهي انتهاء پایان סיום
        סוף समाप्त समाप्ति अंत สิ้นสุด berakhir""",
    "notice": """notice termination cancel cancellation terminate kündigung kündigungsfrist kündigen préavis
        résiliation preaviso aviso rescisión preavviso recesso disdetta rescisão opzegging opzegtermijn
        wypowiedzenie wypowiedzenia výpověď výpovědní výpoveď felmondás preaviz reziliere fesih ihbar chấm
        dứt opsigelse uppsägning irtisanominen расторжение уведомление розірвання попередження καταγγελία
        通知 解除 终止 解约 退租 解約 予告 해지 통지 إشعار إنهاء فسخ הודעה ביטול सूचना समाप्ति บอกเลิก""",
    "sign": """sign signed signature unterschrift unterzeichnet gezeichnet signé firma firmado firmato
        assinatura handtekening podpis podpisano aláírás semnătură imza chữ ký underskrift namnteckning
        allekirjoitus подпись подписано підпис υπογραφή 签字 签署 签名 簽名 署名 記名 서명 날인 توقيع
        التوقيع امضا חתימה हस्ताक्षर ลายมือชื่อ ลงชื่อ tanda tangan""",
    "company": """company firm business corporation organisation organization firma unternehmen gesellschaft
        betrieb société entreprise compagnie empresa compañía sociedad azienda società ditta impresa bedrijf
        spółka przedsiębiorstwo společnost spoločnosť cég vállalat companie şirket công ty virksomhed
        selskab företag bolag yritys компания фирма организация предприятие общество компанія підприємство
        εταιρεία επιχείρηση 公司 企业 企業 会社 単位 单位 株式会社 業者 회사 업체 기업 الشركة شركة المؤسسة
        شرکت חברה कंपनी कम्पनी บริษัท perusahaan""",
    "employer": """employer arbeitgeber employeur empleador patrón datore empregador werkgever pracodawca
        zaměstnavatel zamestnávateľ munkáltató angajator işveren arbejdsgiver arbetsgivare työnantaja
        работодатель роботодавець εργοδότης 雇主 用人单位 雇用主 使用者 고용주 사용자 صاحب العمل کارفرما
        מעסיק नियोक्ता นายจ้าง""",
    "employee": """employee worker staff personnel arbeitnehmer mitarbeiter angestellter employé salarié
        empleado trabajador dipendente lavoratore empregado funcionário trabalhador werknemer medewerker
        pracownik zaměstnanec zamestnanec munkavállaló angajat çalışan işçi nhân viên medarbejder anställd
        työntekijä работник сотрудник працівник співробітник εργαζόμενος 员工 职工 雇员 劳动者 従業員 社員
        労働者 직원 근로자 الموظف العامل موظف کارمند עובד कर्मचारी พนักงาน ลูกจ้าง karyawan pegawai""",
    "salary": """salary wage wages pay gehalt lohn vergütung salaire rémunération salario sueldo stipendio
        retribuzione salário salaris loon wynagrodzenie pensja plat mzda fizetés bér salariu maaş ücret
        lương løn lön palkka зарплата оклад заработная μισθός 工资 薪资 薪酬 月薪 给与 給与 給料 賃金 급여
        임금 월급 الراتب راتب أجر حقوق שכר משכורת वेतन เงินเดือน ค่าจ้าง gaji""",
    "order": """bestellt commandé pedido zamówiono заказано
        order purchase bestellung auftrag bestellnummer commande pedido encargo orden ordine
        encomenda bestelling zamówienie objednávka rendelés megrendelés comandă sipariş đơn hàng đặt ordre
        bestilling beställning tilaus заказ заявка замовлення παραγγελία 订单 訂單 采购 注文 発注 주문 발주
        الطلب طلب أمر سفارش הזמנה आदेश ऑर्डर आवेदन คำสั่งซื้อ สั่งซื้อ pesanan""",
    "delivery": """liefern geliefert liefer livré entregado consegnato
        delivery shipping shipment deliver lieferung liefertermin versand lieferschein livraison
        expédition entrega envío albarán consegna spedizione levering bezorging dostawa wysyłka dodání
        doručení dodanie szállítás livrare teslimat sevkiyat giao hàng leverans toimitus доставка поставка
        поставки доставки παράδοση αποστολή 交货 送货 发货 配送 納品 納期 配達 배송 납품 التسليم توصيل الشحن
        تحویل משלוח डिलीवरी वितरण จัดส่ง ส่งมอบ pengiriman""",
    "carrier": """carrier haulier driver shipper spediteur frachtführer fahrer transporteur transportista
        chofer conductor trasportatore vettore autista transportadora vervoerder przewoźnik kierowca
        dopravce dopravca fuvarozó taşıyıcı şoför перевозчик водитель перевізник водій μεταφορέας 承运人
        司机 運送業者 運転手 운송인 운전자 الناقل السائق परिवहन चालक ผู้ขนส่ง""",
    "discount": """discount rebate rabatt nachlass skonto remise rabais descuento sconto desconto korting
        rabat zniżka sleva zľava kedvezmény reducere indirim giảm giá chiết khấu alennus скидка знижка
        έκπτωση 折扣 优惠 値引 割引 할인 خصم تخفیف הנחה छूट ส่วนลด diskon""",
    "birth": """birth born birthday geburt geburtsdatum geboren naissance né née nacimiento nacido nascita
        nato nata nascimento nascido geboorte urodzenia urodzony narození narodený narodenia születés
        született naștere doğum sinh fødsel född syntymä рождения рождение родился народження γέννηση
        γέννησης 出生 生日 生年月日 誕生 출생 생년월일 الميلاد ولادة تولد לידה जन्म เกิด lahir""",
    "nationality": """nationality citizenship staatsangehörigkeit nationalität nationalité nacionalidad
        ciudadanía nazionalità cittadinanza nacionalidade nationaliteit obywatelstwo narodowość občanství
        štátna állampolgárság cetățenie uyruk quốc tịch nationalitet medborgarskap kansalaisuus гражданство
        національність громадянство ιθαγένεια υπηκοότητα 国籍 國籍 국적 الجنسية جنسية ملیت אזרחות
        राष्ट्रीयता สัญชาติ kewarganegaraan""",
    "sex": """sex gender geschlecht sexe sexo sesso genere gênero geslacht płeć pohlaví pohlavie nem
        cinsiyet giới tính køn kön sukupuoli пол стать φύλο 性别 性別 성별 الجنس جنس مین लिंग เพศ""",
    "insurance": """insurance insurer policy versicherung police versicherungsnummer assurance seguro póliza
        assicurazione polizza apólice verzekering polis ubezpieczenie polisa pojištění poistenie biztosítás
        asigurare poliță sigorta bảo hiểm forsikring försäkring vakuutus страхование страховка полис
        страхування поліс ασφάλιση ασφάλεια 保险 保單 保险单 保険 보험 التأمين بیمه ביטוח बीमा ประกัน
        asuransi""",
    "patient": """patient patientin paciente paziente patiënt pacjent pacient beteg hasta bệnh nhân potilas
        пациент больной пацієнт ασθενής 患者 病人 환자 المريض مريض بیمار מטופל חולה रोगी मरीज ผู้ป่วย pasien""",
    "doctor": """doctor physician arzt ärztin médecin médico medico arts lekarz lékař lekár orvos medic
        doktor hekim bác sĩ læge läkare lääkäri врач доктор лікар ιατρός γιατρός 医生 医師 醫生 의사 الطبيب
        طبيب دكتور پزشک רופא चिकित्सक डॉक्टर แพทย์ หมอ dokter""",
    "diagnosis": """diagnosis diagnose diagnostic diagnóstico diagnosi rozpoznanie diagnóza diagnózis tanı
        chẩn đoán diagnos diagnoosi диагноз діагноз διάγνωση 诊断 診断 진단 التشخيص تشخیص אבחנה निदान
        วินิจฉัย""",
    "subject": """subject regarding concerning purpose reason betreff betrifft zweck grund anlass objet
        motif asunto motivo objeto oggetto causale assunto objetivo onderwerp betreft doel temat przedmiot
        cel předmět účel vec predmet tárgy cél subiect scop konu amaç đối tượng mục đích emne formål ämne
        syfte aihe tarkoitus тема предмет цель причина мета θέμα σκοπός 主题 事由 目的 件名 題名 件 제목
        목적 الموضوع موضوع الغرض سبب هدف נושא מטרה विषय उद्देश्य เรื่อง วัตถุประสงค์ perihal tujuan""",
    "place": """place location venue city town ort stadt standort lieu ville endroit lugar ciudad sede luogo
        città local cidade plaats stad miejsce miasto miejscowość místo město miesto mesto hely város loc
        oraș yer şehir nơi địa điểm thành phố sted plats paikka kaupunki место город пункт місце місто
        τόπος πόλη 地点 地點 城市 场所 場所 会場 市 장소 도시 المكان مكان المدينة محل شهر מקום עיר स्थान शहर
        नगर สถานที่ เมือง tempat kota""",
    "country": """country land staat pays país paese kraj stát krajina ország țară ülke nước quốc gia maa
        страна государство країна χώρα 国家 國家 国 나라 국가 البلد الدولة کشور מדינה देश ประเทศ negara""",
    "time": """time hours hour clock uhr uhrzeit zeit stunden öffnungszeiten heure heures horaire temps hora
        horas horario tempo ora orario ore tijd uur godzina godziny czas čas hodina idő óra oră timp saat
        zaman giờ thời gian tid klokken aika tunti время час часы часов години ώρα 时间 時間 时刻 時刻 시간
        시각 الوقت الساعة وقت زمان ساعت שעה זמן समय बजे घंटे เวลา ชั่วโมง waktu jam""",
    "area": """area size surface space fläche wohnfläche größe superficie área dimensione tamanho
        oppervlakte powierzchnia metraż plocha rozloha terület suprafață alan yüzölçümü diện tích areal yta
        pinta-ala площадь площа έκταση εμβαδόν 面积 面積 면적 المساحة مساحة متراژ שטח क्षेत्रफल พื้นที่ luas""",
    "weight": """weight gewicht poids peso massa waga hmotnost hmotnosť váha súly greutate ağırlık trọng
        lượng vægt vikt paino вес масса вага маса βάρος 重量 体重 무게 중량 الوزن وزن משקל वजन भार น้ำหนัก
        berat""",
    "year": """year annual yearly jahr jährlich jährliche année annuel annuelle an año anual anno annuale
        annuo ano jaar jaarlijks rok roczny roční ročný év éves yıl yıllık năm hàng år årlig vuosi
        vuosittain год года лет годовой ежегодный рік річний έτος ετήσιο 年 年度 毎年 每年 년 연간 سنة عام
        السنوي سال سالانه שנה שנתי वर्ष साल वार्षिक ปี รายปี tahun tahunan""",
    "month": """month monthly monat monatlich monatliche mois mensuel mensuelle mes mensual mese mensile mês
        mensal maand maandelijks miesiąc miesięczny měsíc měsíční mesiac mesačný hónap havi lună lunar ay
        aylık tháng måned månedlig månad månatlig kuukausi месяц ежемесячная ежемесячный месячный місяць
        щомісячна місячний μήνας μηνιαίο 月 每月 月租 毎月 月額 월 매월 월간 شهر الشهري شهري ماه ماهانه חודש
        חודשי माह महीना मासिक เดือน รายเดือน bulan bulanan""",
    "population": """population inhabitants residents einwohner bevölkerung habitants población habitantes
        popolazione abitanti população bevolking inwoners ludność mieszkańcy obyvatelstvo obyvatelia
        népesség lakosság populație nüfus dân số befolkning indbyggere invånare väestö население жителей
        населення πληθυσμός 人口 人口数 인구 السكان جمعیت אוכלוסייה जनसंख्या ประชากร penduduk""",
    "interest": """interest zins zinsen zinssatz intérêt taux interés tasa tipo interesse tasso juros taxa
        rente odsetki oprocentowanie úrok kamat dobândă faiz lãi suất ränta korko процент ставка проценты
        відсоток τόκος επιτόκιο 利息 利率 利息率 金利 이자 이율 الفائدة فائده سود ריבית ब्याज ดอกเบี้ย bunga""",
    "loan": """loan credit mortgage darlehen kredit hypothek prêt crédit emprunt préstamo crédito hipoteca
        prestito mutuo credito empréstimo lening krediet kredyt pożyczka úvěr půjčka úver kölcsön hitel
        împrumut kredi vay lån laina кредит заем займ ипотека позика δάνειο 贷款 借款 借入 融資 ローン 대출
        القرض قرض وام הלוואה ऋण कर्ज สินเชื่อ เงินกู้ pinjaman""",
    "revenue": """revenue turnover sales income umsatz erlös einnahmen chiffre revenus ventes ingresos
        ventas facturación ricavi fatturato vendite receita faturamento omzet inkomsten przychód przychody
        obrót tržby příjmy príjmy bevétel árbevétel venituri gelir ciro doanh thu omsætning omsättning
        intäkter liikevaihto выручка доход оборот дохід виручка έσοδα 收入 营业额 营收 销售额 売上 売上高
        収入 매출 수입 الإيرادات الدخل درآمد הכנסות राजस्व आय รายได้ pendapatan""",
    "profit": """profit earnings gewinn überschuss ergebnis bénéfice résultat beneficio ganancia utilidad
        utile profitto lucro winst zysk zisk nyereség kâr kar lợi nhuận overskud vinst voitto прибыль
        прибуток κέρδος 利润 利益 盈利 이익 순이익 الربح الأرباح سود רווח लाभ मुनाफा กำไร laba keuntungan""",
    "budget": """budget haushalt etat presupuesto bilancio preventivo orçamento begroting budżet rozpočet
        költségvetés buget bütçe ngân sách budjetti бюджет смета προϋπολογισμός 预算 預算 予算 예산
        الميزانية ميزانية بودجه תקציב बजट งบประมาณ anggaran""",
    "warranty": """warranty guarantee gewährleistung garantie garantía garanzia garantia gwarancja záruka
        garancia jótállás garanți garanti bảo hành takuu гарантия гарантійний гарантія εγγύηση 保修 质保
        保証 보증 الضمان ضمان گارانتی אחריות गारंटी वारंटी รับประกัน garansi""",
    "penalty": """penalty fine late strafe vertragsstrafe mahngebühr verzug pénalité amende retard multa
        penalización recargo penale mora boete kara grzywna pokuta penále kötbér bírság penalitate ceza phạt
        bøde vite sakko штраф пеня неустойка πρόστιμο ποινή 罚款 违约金 滞纳金 違約金 罰金 遅延 위약금 벌금
        غرامة جریمه קנס जुर्माना दंड विलंब ค่าปรับ ปรับ denda""",
    "responsible": """responsible contact supervisor manager head clerk verantwortlich ansprechpartner
        sachbearbeiter leiter responsable chef encargado contacto responsabile referente responsável
        verantwoordelijk contactpersoon odpowiedzialny kierownik zodpovědný vedoucí zodpovedný felelős
        responsabil sorumlu yetkili phụ trách ansvarlig ansvarig vastuuhenkilö ответственный руководитель
        исполнитель відповідальний керівник υπεύθυνος 负责人 联系人 主管 経办人 責任者 担当者 担当 담당자
        책임자 المسؤول المشرف مسئول אחראי प्रभारी जिम्मेदार ผู้รับผิดชอบ penanggung jawab""",
}

NUMBER_WORDS = """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred
    thousand million dozen half zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig
    vierzig fünfzig sechzig hundert tausend halbe deux trois quatre cinq huit neuf dix onze douze quinze
    vingt trente quarante cinquante soixante cent mille demi dos tres cuatro cinco seis siete ocho nueve
    diez doce quince veinte treinta cuarenta cincuenta sesenta cien mil medio due tre quattro cinque sei
    sette otto nove dieci dodici quindici venti trenta quaranta cinquanta sessanta cento mezzo dois três
    quatro sete oito dez doze vinte trinta quarenta cinquenta twee drie vijf zes zeven negen tien twaalf
    twintig dertig honderd duizend dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć dwanaście
    piętnaście dwadzieścia trzydzieści sto tysiąc dva tři čtyři pět šest sedm osm devět deset dvanáct
    patnáct dvacet třicet padesát tri štyri päť šesť два две три четыре пять шесть семь восемь девять десять
    двенадцать пятнадцать двадцать тридцать сорок пятьдесят шестьдесят сто тысяча двух трех четырех пяти
    шести десяти двадцати тридцати шестидесяти дві чотири п'ять шість сім вісім двадцять δύο τρεις τρία
    τέσσερα πέντε έξι επτά οκτώ εννέα δέκα είκοσι τριάντα εκατό iki üç dört beş altı yedi sekiz dokuz on
    yirmi otuz kırk elli yüz bin hai ba bốn năm sáu bảy tám chín mười اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية
    تسعة عشرة عشر عشرون ثلاثون مئة شهرين يومين سنتان سنتين عامين دو سه چهار پنج شش هفت هشت نه ده بیست سی صد
    שתיים שלוש ארבע חמש שש שבע שמונה תשע עשר עשרה עשרים שלושים מאה दो तीन चार पाँच पांच छह सात आठ नौ दस
    ग्यारह बारह पंद्रह बीस इक्कीस पच्चीस तीस चालीस पचास साठ सौ हज़ार हजार आधा 두 세 네 다섯 여섯 일곱 여덟
    아홉 열 스무 สอง สาม สี่ ห้า หก เจ็ด แปด เก้า สิบ ยี่สิบ ร้อย พัน dua tiga empat lima enam tujuh delapan
    sembilan sepuluh puluh ratus ribu"""
"""Numbers written out; a word that begins with one of four letters or more is one too (twenty-five, fünfzehn)."""
