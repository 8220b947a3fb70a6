"""Words that a question is made of without saying what it is about: articles, pronouns, question words, politeness.

Words as written, for each language by ISO 639-1 code. For languages written without spaces they are phrases to cut out.
"""

STOP_WORDS: dict[str, str] = {
    "en": """must need needs needed required long often
        a about above after all am an and any are as at be been being below between both but by can
        could did do does doing down each few for from further give had has have having he her hers him his
        how i if in into is it its just many may me mentioned might more most much must my no nor not of off
        on once only or other our out over own per please s said same shall she should show so some stated
        such t tell than that the their them then there these they this those through to too under until up
        upon us very was we were what when where which while who whom whose why will with within would you
        your find according document page""",
    "de": """muss müssen musste soll sollte darf dürfen können könnte möchte lange oft
        aber alle als also am an auch auf aus bei beim bin bis bitte da damit dann das dass dein dem
        den denn der des dessen die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem
        einen einer eines er es etwa für gegen hab habe haben hat hatte heißt hier hoch ich ihm ihn ihr ihre
        im in ins ist ja kann kein keine laut lautet man mein mit nach nennen nicht noch nun nur ob oder
        ohne sein seine seit sich sie sind so soll über um und uns unser unter viel viele vom von vor wann
        war waren warum was welche welchem welchen welcher welches wem wen wenn wer werden wessen wie
        wieviel wird wo wofür wohin worum wurde wurden zu zum zur zwischen zeige sagt steht dokument seite""",
    "fr": """doit doivent peut peuvent faut
        à a ai au aux avec c ce ces cet cette combien comment d dans de depuis des dit donc dont du
        elle elles en entre es est et été être eu faire fait fut il ils j je l la laquelle le lequel les
        leur leurs lui m mais me mes moi mon n ne nos notre nous on ont ou où par pas plus pour pourquoi qu
        quand que quel quelle quelles quels qui quoi s sa sans se ses si son sont sous sur t ta te tes ton
        tu un une vos votre vous y document page indiqué""",
    "es": """debe deben puede pueden hay que
        a al algo ante antes como cómo con contra cual cuál cuáles cuando cuándo cuanto cuánta cuántas
        cuánto cuántos de del desde donde dónde durante e el él ella ellas ellos en entre era es esa ese eso
        esta está están estas este esto estos fue ha hay la las le les lo los más me mi muy no nos o para
        pero por porque qué que quien quién quiénes se según ser si sin sobre son su sus también tiene tu un
        una unas uno unos y ya documento página""",
    "it": """deve devono può possono
        a ad agli ai al alla alle allo anche c che chi ci come con cosa cui d da dagli dai dal dalla
        dalle dallo degli dei del della delle dello di dove e è ed era fra gli ha hanno i il in l la le lo
        ma mi nel nella nelle nei non o per perché più qual quale quali quando quanta quante quanti quanto
        questa queste questi questo se si sono su sua sue sul sulla suo tra un una uno documento pagina""",
    "pt": """deve devem pode podem
        a à ao aos as às com como da das de do dos e é ela ele em entre era essa esse esta está este eu
        foi há isso isto já lhe mais mas me na nas no nos não o onde os ou para pela pelas pelo pelos por
        porque qual quais quando quanta quantas quanto quantos que quem se sem seu seus são sobre sua suas
        também um uma documento página""",
    "nl": """moet moeten mag mogen hoog
        aan al als bij ben dan dat de den der deze die dit door een en er ge had heb hebben heeft het
        hij hoe hoeveel ik in is ja je kan maar me met mijn naar niet nog of om onder ons ook op over te
        tegen ten ter tot uit van veel voor waar waarom wanneer was wat we wel welk welke werd wie wij wil
        wordt zal ze zich zij zijn zo document pagina""",
    "da": """må måtte skal
        af alle at blev bliver da de dem den denne der deres det dette dig din du efter eller en er et
        for fra få han har havde hun hvad hvem hvilke hvilken hvilket hvis hvor hvordan hvorfor hvornår i
        ikke jeg kan man med meget men mig min mod ned når og også om op os over på sig sin skal som så til
        ud under var ved vi vil være mange side""",
    "sv": """måste
        alla att av bli blev de dem den denna deras dess det detta dig din du efter eller en er ett
        från för ha han hade har hon hur hurmycket i inte jag kan man med men mig min mot mycket många när
        och också om oss på sig sin ska som så till under upp ut vad var varför vara vem vems vi vid vilka
        vilken vilket är över sida""",
    "no": """av alle at ble blir da de dem den denne der deres det dette deg din du etter eller en er et for
        fra få han har hadde hun hva hvem hvilke hvilken hvilket hvis hvor hvordan hvorfor i ikke jeg kan
        man med mye men meg min mot mange når og også om opp oss over på seg sin skal som så til ut under
        var ved vi vil være""",
    "fi": """ei ja jos joka jotka kuin kuinka kuka kun mikä mitä missä milloin miksi miten minkä mitkä
        montako niin ne nämä ole oli olla on ovat paljon paljonko se sen sitä tai tämä tämän tässä että hän
        he me te""",
    "pl": """musi można powinien może
        a ale albo aby bez być był była było były co czy czyj dla do dlaczego gdy gdzie go i ich ile im
        ja jak jaka jaki jakie jakiej jakiego jako jej jest jego już kiedy kogo komu kto która które który
        ma mi na nad nie nim niż o od on ona one oni oraz po pod przez przy są się ta tak także tam te tego
        tej ten to tu tym u w we z za ze że zł dokument""",
    "cs": """musí může lze
        a aby ale ani až be být byl byla bylo byly co či do ho i já jak jaká jaké jaký jakou je jeho
        jej její jejich jen již jsem jsou k kde kdo kdy kolik který která které ke komu na nad ne nebo než o
        od on ona oni po pod podle pro proč při s se si tak také ta ten to tu u v ve z za ze že činí""",
    "sk": """musí môže
        a aby aj ako aká aké aký akou ale alebo ani až bez bol bola boli bolo by byť čo či do ho i ich
        je jej jeho k kde kedy kto koľko komu ktorá ktoré ktorý ku na nad nie o od on ona oni po pod podľa
        pre prečo pri s sa si so sú ta tak ten to u v vo z za zo že""",
    "hu": """a az azt és hogy hol hány hogyan is ki kik kinek mi miért mikor milyen mely melyik mennyi
        mekkora nem van volt vagy egy ez ezt meg csak már""",
    "ro": """a al ale ai am are asupra ca care când cât câtă câte câți ce cel cea cei cele cine cu cum de
        despre din după e este eu fi fost în între îi îl la le lor mai nu o pe pentru prin sau se si și sunt
        sub un unde unei unui""",
    "tr": """gerekir
        acaba ama bana bir bu çok da daha de diye dir en gibi hangi hangisi her için ile ise kadar kaç
        kaçtır kim kimdir ki mi mı mu mü ne neden nedir nerede nereye niçin nasıl o olan olarak şu ve veya
        ya zaman kimin""",
    "vi": """ai bao nhiêu bị bởi cái các cho có của cùng đã đang đâu đây để đến đó được gì hay khi không là
        làm lúc mà mấy một này nào những như nhưng ở ra rằng sao sẽ tại thế thì trên trong tôi từ và vào về
        vì với xin hãy nơi""",
    "id": """ada adalah akan apa atau bagaimana bahwa berapa bisa dalam dan dari dengan di dia harus ini itu
        juga kapan karena ke kepada mana mengapa oleh pada saat saya siapa sudah telah tidak untuk yang
        dimana""",
    "ca": """a al amb com d de del dels el els en és es i l la les per què quan quant quina quin qui on o un
        una""",
    "hr": """a ako ali bi bio bila biti čiji da do gdje i ili iz je kada kako koja koje koji koliko kome na
        ne nije o od po pri s sa se su što tko u za""",
    "sl": """a ali bi bil bila biti čigav da do ga hkrati in iz je jih kaj kako kateri katera kdaj kdo kje
        koliko na ne o od po pri s se so ta to v z za""",
    "lt": """ar bei bet dėl ir iš į kada kaip kas kiek kokia koks kur kuris kuri ne nuo o per po su tai už
        yra""",
    "lv": """ar bet cik ir kad kas kā kāda kāds kur kura kuris no par pie un uz vai""",
    "et": """ei ja kas kes kui kus kuidas mis millal milline mitu on ning oli palju see seda selle või""",
    "ru": """должен должна должно должны может могут нужно
        а без более был была были было быть в вам вас весь во вот все всего вы где да для до его ее её
        если есть еще ещё же за и из или им их к как какая какие каким каков какова каково каковы какое
        какой каком когда кого кому который которая кто куда ли между меня мне на над не нет ни но ну о об
        от он она они оно по под почему при про с сколько со так также там то того тоже том ту ты у уже чего
        чей чем что чтобы чья эта эти это этого этот я является составляет указан указана указано документ
        документе страница""",
    "uk": """повинен повинна має можна
        а але без був була були було бути в вам вас ви все від де для до його її за з зі і із й як яка
        яке який якою які якому коли кого кому котрий куди ким мені між на над не ні о об он по під при про
        скільки та так також там те тобто то того тут у хто це цей ця ці чи чий чому що щоб я є становить
        складає документ""",
    "bg": """а ако без беше бил била били в във все да до е за и из или им как каква какво какъв кога коя
        кои който кой колко къде ли на не но о от по под при с са се след със това този тази тези че чия ще""",
    "sr": """а али би био да до где и из или је када како која које који колико коме ли на не о од по при са
        се су шта што у ко за""",
    "el": """α αλλά από αν για δεν είναι ένα ένας εκ επί ή η ήταν θα και κατά με μέχρι μια μία μας να ο οι
        όπως ότι οποία ποια ποιά ποιο ποιό ποιος ποιός ποιοι ποιου πόσα πόσες πόσο πόσοι πόση πότε που πού
        πριν προς πως πώς σας σε στα στη στην στις στο στον στους τα τη την της τι τις το τον του τους των
        ως""",
    "ar": """إلى أم أن إن أو أي أين أية ال التي الذي الذين إذا بعد بين به بها تم ثم حتى حول خلال ذلك دون عن
        على عند عليه فقط في فيه قبل قد كان كانت كل كم كما كيف لا لكن لم لماذا له لها ما ماذا مع من متى منذ
        هذا هذه هل هم هو هي وما وهو و يكون يبلغ تبلغ هناك""",
    "fa": """آن آیا از است اگر اما ای این با باید بر برای بود به تا چرا چقدر چگونه چند چه چیست خود در را شد
        شده شود کجا کجاست کدام که کی کیست کند ما من نه نیز هر هم هستند هست و یا یک می""",
    "ur": """اس ان اور ایک بھی پر تک تھا تھی تھے جس جو سے کا کب کتنا کتنی کتنے کس کون کونسا کو کہ کہاں کی
        کیا کیسے کے میں نہیں نے وہ ہے ہیں یا یہ کیوں ہو""",
    "he": """גובה היקף
        אבל או אותו אותה איזה איזו איך אין אל אלה אם אני את אתה באיזה בין גם דרך הוא היא הם זה זאת זו
        היה היתה יש כי כל כמה כמו כן לא לו לה למה מאת מה מהו מהי מי מיהו מיהי מן מתי עד על עם של שם היכן
        איפה הזה הזאת""",
    "hi": """चाहिए
        अपना अपनी अपने आप इन इस इसका इसकी इसके उन उस एक ऐसा और कब कर करता करते करना करने कहाँ कहां का
        कितना कितनी कितने किन किस किसका किसकी किसके किसने किसे की कुछ के को कोई कौन कौनसा कौनसी क्या क्यों
        जब जिस जो तक तथा तो था थी थे दिया द्वारा न नहीं ने पर बताइए बताओ भी में मे यदि यह या ये लिए वह वे व
        से ही हुआ हुई हुए है हैं हो होगा होगी होता होती होना कृपया कैसे दस्तावेज़""",
    "mr": """आणि आहे आहेत ही हा हे का काय किती कोण कोणता कोणती कोणते कधी कुठे च चा ची चे ला ने मध्ये या व की
        नाही होते होता होती""",
    "ne": """र छ छन् को का की के कति कहिले कहाँ कसले कुन मा ले लाई हो यो त्यो गर्ने भने पनि""",
    "bn": """আছে আমি আর ই ইহা এ এই এক এবং ও কত কবে কি কী কে কেন কোথায় কোন জন্য তা থেকে না পর্যন্ত বা মধ্যে
        যে সে হয় হল হবে করে করা""",
    "ta": """அது இது எது எந்த என்ன என எத்தனை எப்போது எவ்வளவு எங்கே ஏன் யார் ஒரு மற்றும் உள்ள ஆகும்""",
    "te": """అది ఇది ఎంత ఎక్కడ ఎప్పుడు ఎవరు ఏ ఏది ఏమిటి ఎందుకు మరియు ఒక""",
    "zh": """可以 可否 能否 能不能 是否 需要 必须 应该
        请问 请告诉我 告诉我 请 一共 总共是 是多少 有多少 多少钱 多少 是什么 什么是 什么时候 什么 甚麼
        什麼時候 什麼 哪一天 哪一个 哪个 哪些 哪里 哪裡 哪儿 哪 是谁 是誰 谁是 谁 誰 何时 何時 为什么 為什麼
        为何 怎么 怎麼 怎样 如何 几个 几 幾個 幾 吗 嗎 呢 的 了 是 在 和 与 與 及 或 有 这 這 那 该 該
        文件中 文件里 文档中 中的 里的""",
    "ja": """教えてください 教えて ください いくらですか いくら なんですか 何ですか 何時ですか 誰ですか
        どこですか いつですか いつまでですか いつまで ですか ますか でしょうか とは 何時 何 なに なん 誰
        だれ どこ いつ なぜ どの どれ どんな どう いくつ はいくら""",
    "ko": """얼마입니까 얼마인가요 얼마예요 얼마 무엇입니까 무엇인가요 무엇 뭐예요 뭐 누구입니까 누구인가요
        누구 언제입니까 언제인가요 언제 어디입니까 어디인가요 어디 왜 어떻게 어떤 몇 입니까 인가요 습니까""",
    "th": """เท่าไหร่ เท่าไร เท่าใด คืออะไร อะไร คือใคร ใคร เมื่อไหร่ เมื่อไร เมื่อใด ที่ไหน ไหน ทำไม
        อย่างไร กี่ คือ เป็น ครับ ค่ะ ใด ของ และ ใน ที่ มี ได้ ให้ จะ ว่า นี้ หรือ กับ""",
    "lo": """ເທົ່າໃດ ແມ່ນຫຍັງ ຫຍັງ ໃຜ ເມື່ອໃດ ຢູ່ໃສ ແມ່ນ ຂອງ ແລະ ໃນ""",
    "km": """ប៉ុន្មាន អ្វី នរណា ពេលណា ណា គឺ នៃ និង""",
    "my": """ဘယ်လောက် ဘာ ဘယ်သူ ဘယ်တော့ ဘယ် လဲ သည် များ""",
}
