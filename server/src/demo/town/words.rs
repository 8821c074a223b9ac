//! The words from which the other citizens' plans are put together: plain Danish, as a carer
//! would write it. `{fornavn}` stands for the citizen's first name.

/// First names; each is used once.
pub const FIRST_NAMES: [&str; 42] = [
    "Agnes", "Anders", "Anna", "Arne", "Bente", "Birger", "Bodil", "Carl", "Edith", "Egon", "Else",
    "Erik", "Esther", "Frida", "Gerda", "Gunnar", "Hanne", "Helge", "Hilda", "Hugo", "Ib",
    "Ingrid", "Johanne", "Jørgen", "Kaj", "Karen", "Kirsten", "Laurits", "Lilly", "Magda",
    "Margit", "Marius", "Mogens", "Nanna", "Olga", "Orla", "Oskar", "Ruth", "Signe", "Sonja",
    "Tage", "Ulla",
];

/// Surnames; nobody is called so.
pub const SURNAMES: [&str; 21] = [
    "Havtorn",
    "Regnbue",
    "Kastanje",
    "Stjernekaster",
    "Tøndebånd",
    "Flagstang",
    "Brombær",
    "Sølvpapir",
    "Vindmølle",
    "Kaffekande",
    "Skovsti",
    "Glaskugle",
    "Solopgang",
    "Strikkepind",
    "Fregat",
    "Nøddetræ",
    "Honningkrukke",
    "Sneklokke",
    "Bogreol",
    "Tågehorn",
    "Marehalm",
];

/// Streets of the invented town.
pub const STREETS: [&str; 8] = [
    "Kærvej",
    "Søbakken",
    "Engvænget",
    "Møllebakken",
    "Lindegangen",
    "Havnegade",
    "Skolestien",
    "Grusgraven",
];

/// What an item may be made of.
pub struct Piece {
    /// What it is called.
    pub title: &'static str,
    /// Ways to say how it is done.
    pub texts: &'static [&'static str],
    /// The least minutes.
    pub minutes: u16,
    /// The legal basis.
    pub law: &'static str,
    /// Who may do it; empty is all.
    pub roles: &'static [&'static str],
    /// How many days a week, 7 for daily.
    pub days: usize,
}

const DELEGATED: &[&str] = &["helper", "assistant", "nurse"];
const CLEANING: &[&str] = &["helper", "assistant", "unskilled", "substitute"];

const fn daily(
    title: &'static str,
    minutes: u16,
    law: &'static str,
    texts: &'static [&'static str],
) -> Piece {
    Piece { title, texts, minutes, law, roles: &[], days: 7 }
}

/// What a morning may hold.
pub const MORNING: &[Piece] = &[
    daily(
        "Op, vask og tøj",
        20,
        "ael10",
        &[
            "{fornavn} vasker selv ansigt og hænder. Hjælp med ryg, fødder og strømper.",
            "Tøjet ligger klar på stolen. Lad {fornavn} vælge bluse, og giv den tid, det tager.",
            "Begynd med fødderne på gulvet et par minutter. {fornavn} bliver svimmel, hvis det går for stærkt.",
        ],
    ),
    daily(
        "Morgenmad",
        15,
        "ael10",
        &[
            "Havregrød med smørklat og en kop kaffe. {fornavn} spiser selv ved bordet.",
            "To halve rundstykker, det ene med syltetøj. Sæt kanden frem, så rækker den til hele formiddagen.",
            "Kold mælk og øllebrød. Tænd radioen, når du går.",
        ],
    ),
    daily(
        "Støttestrømper på",
        10,
        "ael10",
        &[
            "Før {fornavn} rejser sig. Handskerne ligger i øverste skuffe.",
            "Smør benene aftenen før, ikke om morgenen, ellers driller stoffet.",
        ],
    ),
    daily(
        "Rede seng og lufte ud",
        10,
        "ael10",
        &[
            "{fornavn} ryster selv puden. Du tager lagenet i den side, der vender ind mod væggen.",
            "Vinduet på krogen i ti minutter.",
        ],
    ),
    Piece {
        title: "Medicin, morgen",
        texts: &[
            "Rummet for i dag i doseringsæsken. Vent, til det er slugt.",
            "Æsken står i det låste skab. Giv den sammen med et glas vand og lidt yoghurt.",
        ],
        minutes: 10,
        law: "sul138",
        roles: DELEGATED,
        days: 7,
    },
    Piece {
        title: "Bad",
        texts: &[
            "Badestolen står klar. {fornavn} holder selv bruseren og siger til, når vandet er for koldt.",
            "Et roligt bad med god tid. Læg håndklædet på radiatoren først.",
        ],
        minutes: 30,
        law: "ael10",
        roles: &[],
        days: 2,
    },
];

/// What a forenoon may hold.
pub const FORENOON: &[Piece] = &[
    Piece {
        title: "Rengøring",
        texts: &[
            "Gulve og badeværelse. {fornavn} tørrer selv støv af i vindueskarmen.",
            "Stuen den ene gang og soveværelset den anden. Spørg, hvad der trænger mest.",
        ],
        minutes: 40,
        law: "ael10",
        roles: CLEANING,
        days: 1,
    },
    Piece {
        title: "Tøjvask",
        texts: &[
            "Lyst for sig. {fornavn} lægger selv tøjet sammen bagefter ved bordet.",
            "Maskinen står i kælderen. Hæng op på snoren i bryggerset.",
        ],
        minutes: 25,
        law: "ael10",
        roles: CLEANING,
        days: 2,
    },
    Piece {
        title: "Træning ved køkkenbordet",
        texts: &[
            "Rejse-sætte-sig otte gange. Hold pause i midten og en snak om vejret.",
            "Øvelserne hænger på køleskabet. {fornavn} tæller selv højt.",
        ],
        minutes: 15,
        law: "sel83a",
        roles: &[],
        days: 5,
    },
    daily(
        "En kop kaffe og dagens avis",
        15,
        "ael10",
        &[
            "{fornavn} læser overskrifterne højt, og I taler om dem.",
            "Læs dødsannoncerne og vejret. Resten klarer {fornavn} selv med lup.",
        ],
    ),
];

/// What noon may hold.
pub const NOON: &[Piece] = &[
    daily(
        "Middagsmad",
        20,
        "ael10",
        &[
            "Varm maden fra køleskabet. Dæk bord ved vinduet, så {fornavn} kan se fuglebrættet.",
            "Smør to halve stykker rugbrød. {fornavn} vælger selv pålæg.",
            "Sæt dig ned imens, hvis tiden er til det. Så bliver der spist mere.",
        ],
    ),
    daily(
        "Noget at drikke",
        10,
        "ael10",
        &[
            "Et stort glas saftevand nu, og en fyldt kande på bordet.",
            "Byd på både vand og te. {fornavn} glemmer at drikke, når varmen er tændt.",
        ],
    ),
];

/// What an afternoon may hold.
pub const AFTERNOON: &[Piece] = &[
    Piece {
        title: "Gå en tur",
        texts: &[
            "Til hjørnet og tilbage med rollator. Bænken er god til en pause.",
            "En runde i gården. {fornavn} kender alle katte på vejen.",
        ],
        minutes: 20,
        law: "ael10",
        roles: &[],
        days: 3,
    },
    Piece {
        title: "Indkøb sammen på tabletten",
        texts: &["Gå listen igennem sammen. {fornavn} bestemmer, du trykker."],
        minutes: 20,
        law: "ael10",
        roles: &[],
        days: 1,
    },
    daily("Eftermiddagskaffe", 15, "ael10", &["En kop og en småkage. Tænd lampen, før du går."]),
];

/// What an evening may hold.
pub const EVENING: &[Piece] = &[
    daily(
        "Aftensmad",
        15,
        "ael10",
        &[
            "Let mad på bakke foran nyhederne. {fornavn} rydder selv af.",
            "Suppe og brød. Vent med kaffen, den holder {fornavn} vågen.",
        ],
    ),
    daily(
        "Nattøj og i seng",
        20,
        "ael10",
        &[
            "Nattøjet ligger under puden. Briller og telefon på natbordet.",
            "Gardinet helt for, døren på klem.",
            "{fornavn} vil selv børste tænder. Stå klar ved siden af.",
        ],
    ),
    daily("Støttestrømper af", 10, "ael10", &["Tag dig tid til cremen, huden er tør."]),
    Piece {
        title: "Medicin, aften",
        texts: &["Rummet for i aften i doseringsæsken. Se, at det bliver slugt."],
        minutes: 10,
        law: "sul138",
        roles: DELEGATED,
        days: 7,
    },
    Piece {
        title: "Øjendråber",
        texts: &["Én dråbe i hvert øje. Flasken står i køleskabet."],
        minutes: 10,
        law: "sul138",
        roles: DELEGATED,
        days: 7,
    },
];

/// What a night may hold.
pub const NIGHT: &[Piece] = &[
    daily(
        "Se til om natten",
        10,
        "ael10",
        &["Stille ind ad bagdøren. Sover {fornavn}, så gå igen uden at tænde lys."],
    ),
    daily(
        "Toiletbesøg om natten",
        15,
        "ael10",
        &["{fornavn} er ofte vågen ved midnat. Følg med på toilettet og tilbage i seng."],
    ),
];

/// Goals: title and words.
pub const GOALS: &[(&str, &str)] = &[
    ("Blive i eget hjem", "{fornavn} har boet her i mange år og vil blive her."),
    ("Gå uden hjælp til havelågen", "Lidt længere hver uge, og altid i eget tempo."),
    ("Lave sin egen kaffe", "Kanden er skiftet ud med en, der er let at løfte."),
    ("Holde fast i naboerne", "Kaffe på skift hver anden torsdag."),
    ("Sove godt og vågne udhvilet", "Rolige aftener og de samme vaner."),
    ("Passe sine potteplanter", "Der er sytten, og de har alle et navn."),
    (
        "Komme til sang i forsamlingshuset",
        "Om mandagen. En nabo kører, hvis {fornavn} er klar klokken ti.",
    ),
];

/// Answers: prompt and words.
pub const MATTERS: &[(u8, &str)] = &[
    (1, "At jeg bliver spurgt, før nogen rører ved mine ting."),
    (1, "Mine børnebørn. De ringer om søndagen, så må I vente lidt."),
    (2, "At der er nogen, der siger godmorgen."),
    (2, "At I tager skoene af. Sådan har det altid været her."),
    (3, "En at spille kort med."),
    (3, "En, der vil høre om dengang med hestene."),
    (4, "Mere frisk luft."),
    (4, "Mere musik og mindre fjernsyn."),
];

/// Agreements.
pub const AGREEMENTS: &[(&str, &str)] = &[
    ("Nøgle", "Der er nøgleboks ved døren. Bank på, og råb goddag."),
    ("Når vi er forsinket", "Ring, hvis det bliver mere end en halv time."),
    ("Søndag", "Familien laver mad om søndagen. Vi klarer resten."),
    ("Sko", "Brug de blå overtræk, de ligger i kurven."),
    ("Post", "Læg posten på køkkenbordet uåbnet."),
];

/// Life stories.
pub const STORIES: &[&str] = &[
    "{fornavn} er født i Lillekær som nummer fire af syv og kender hver en sti omkring søen.",
    "{fornavn} har arbejdet på konservesfabrikken og kan stadig lugte, om en agurk er god.",
    "{fornavn} har haft købmandsbutik på hjørnet og husker, hvad folk skyldte.",
    "{fornavn} har kørt bus i tredive år uden en eneste bule.",
    "{fornavn} har passet børn for halvdelen af vejen.",
    "{fornavn} har malet akvareller hele livet. De hænger i gangen, spørg til den med båden.",
    "{fornavn} spillede harmonika til alle fester i forsamlingshuset.",
];

/// Things to know for safety.
pub const SAFETY: &[(&str, &str)] = &[
    ("Løst tæppe i stuen", "{fornavn} vil ikke af med det. Gå udenom."),
    ("Lav loftslampe", "Pas på hovedet over spisebordet."),
    ("Hund i huset", "Venlig, men springer op. Hils på den først."),
    ("Mørk trappeopgang", "Lyset går ud efter et minut. Brug lommelygten."),
    ("Seng uden hjul", "Bed en kollega om hjælp, hvis den skal flyttes."),
];

/// Earlier notes, by law as agreed in social law.
pub const NOTES: &[&str] = &[
    "Var i godt humør og fortalte om sin søster.",
    "Havde allerede selv lavet kaffe. Vi brugte tiden på at vande planterne.",
    "Lidt træt i dag. Fik hvilet efter maden.",
    "Sagde nej tak til tøjvask, det kan vente til næste gang.",
    "Naboen var på besøg, da jeg kom. Der blev grinet.",
    "Ville gerne ud på trappen et øjeblik og mærke solen.",
];

/// Courses in the municipality's words.
pub const COURSES: [&str; 4] = ["plejepakke 1", "plejepakke 2", "plejepakke 3", "plejepakke 4"];
