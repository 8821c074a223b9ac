//! Invented Danish: names, places, items, and notes of the length that carers write.
//!
//! Texts must be about as hard to compress as real ones, so sentences are drawn from many parts,
//! hold times and figures, and a few compounds that nobody ever wrote.

use rand_chacha::{ChaCha8Rng, rand_core::Rng as _};

/// A number below `end`.
pub fn below(rng: &mut ChaCha8Rng, end: usize) -> usize {
    let end = u64::try_from(end.max(1)).unwrap_or(1);
    usize::try_from(rng.next_u64() % end).unwrap_or(0)
}

/// One of `words`.
pub fn pick<'a>(rng: &mut ChaCha8Rng, words: &[&'a str]) -> &'a str {
    words.get(below(rng, words.len())).copied().unwrap_or_default()
}

const FIRST: &[&str] = &[
    "Agnes", "Aksel", "Asta", "Birthe", "Bodil", "Børge", "Dagny", "Egon", "Ejnar", "Elly", "Erna",
    "Frode", "Gerda", "Grethe", "Gudrun", "Hanne", "Hertha", "Inger", "Jytte", "Kaj", "Karla",
    "Laurits", "Lilly", "Magda", "Nanna", "Oda", "Orla", "Poul", "Rigmor", "Signe", "Svend",
    "Tove", "Valborg", "Viggo", "Åge", "Åse",
];
const LAST: &[&str] = &[
    "Agerbo",
    "Birkelund",
    "Bækgaard",
    "Dalhøj",
    "Engmark",
    "Fjordvang",
    "Granlund",
    "Hedeager",
    "Kærsgård",
    "Lyngbo",
    "Mosevang",
    "Nørremark",
    "Overgaard",
    "Rosenbæk",
    "Skovhede",
    "Strandby",
    "Søvang",
    "Tornholm",
    "Vestermark",
    "Østerlund",
];
const ROADS: &[&str] = &[
    "Anemonevej",
    "Bakkedraget",
    "Birkealle",
    "Digevej",
    "Enghaven",
    "Fyrrelunden",
    "Gartnervænget",
    "Hyldevej",
    "Kirkestien",
    "Lærkevej",
    "Mølledammen",
    "Nørregade",
    "Pilevænget",
    "Skolebakken",
    "Strandstien",
    "Åparken",
];
/// What items are called.
pub const ITEMS: &[&str] = &[
    "Bad",
    "Badning af fødder",
    "Bleskift",
    "Frokost",
    "Gåtur",
    "Hjælp til at spise",
    "Indkøb",
    "Kaffe og avis",
    "Klæde sig på",
    "Medicin gives",
    "Morgenpleje",
    "Mundpleje",
    "Nødkald ses efter",
    "Opvask",
    "Post og kalender",
    "Rengøring af køkken",
    "Sengeredning",
    "Smøre ben",
    "Støttestrømper",
    "Tilsyn",
    "Toiletbesøg",
    "Træning i trapper",
    "Tøjvask",
    "Vande blomster",
    "Vejning",
    "Øjendråber",
    "Aftenpleje",
    "Aftensmad varmes",
];
const WHO: &[&str] = &[
    "Datteren",
    "Sønnen",
    "Naboen",
    "Svigerdatteren",
    "Barnebarnet",
    "Fodterapeuten",
    "Vennen fra kortklubben",
    "Sygeplejersken",
    "Besøgsvennen",
    "Terapeuten",
    "Chaufføren",
    "Postbuddet",
];
const DID: &[&str] = &[
    "har ringet",
    "kom forbi",
    "har købt ind",
    "har skiftet pærer",
    "tager med på tur",
    "har lagt en seddel",
    "spørger til",
    "har vasket gardiner",
    "henter en pakke",
    "har ordnet haven",
    "vil gerne ringes op",
];
const MOOD: &[&str] = &[
    "glad",
    "træt",
    "snakkesalig",
    "lidt trist",
    "rolig",
    "urolig",
    "veloplagt",
    "øm",
    "kold om hænderne",
    "sulten",
    "stille",
    "optaget af avisen",
    "i godt humør",
    "svimmel ved opstand",
];
const BODY: &[&str] = &[
    "Venstre ankel",
    "Højre hånd",
    "Huden på ryggen",
    "Såret på skinnebenet",
    "Hælen",
    "Knæet",
    "Albuen",
    "Storetåen",
    "Lysken",
    "Nakken",
];
const LOOKS: &[&str] = &[
    "er rød",
    "er hævet",
    "er tør",
    "heler fint",
    "er varm",
    "klør",
    "er uden væske",
    "er blålig",
    "er øm ved tryk",
];
const FOOD: &[&str] = &[
    "havregrød",
    "øllebrød",
    "frikadeller",
    "kogt torsk",
    "rugbrød med sild",
    "kærnemælkssuppe",
    "koldskål",
    "boller i karry",
    "en halv banan",
    "risengrød",
    "hakkebøf",
    "lagkage",
];
const WISH: &[&str] = &[
    "byttede badet til en tur i haven",
    "ville hellere have kaffe først",
    "sagde nej tak til bad",
    "bad om hjælp til brevet",
    "ville se billeder",
    "gik selv til postkassen",
    "øvede trappen to gange",
    "ønsker vinduet på klem",
    "vil gerne have radioen tændt",
    "sparede tiden op til fredag",
];
const PLACE: &[&str] = &[
    "i køkkenet",
    "på badeværelset",
    "ved vinduet",
    "i entréen",
    "på terrassen",
    "i lænestolen",
    "i sengen",
    "ved spisebordet",
    "i bryggerset",
];
const THINGS: &[&str] = &[
    "rollator",
    "nøgleboks",
    "brille",
    "høreapparat",
    "lamel",
    "kop",
    "tæppe",
    "stok",
    "kalender",
    "skammel",
    "kurv",
    "vase",
    "puslespil",
    "radio",
    "dørmåtte",
    "tørklæde",
    "garnnøgle",
    "lommelygte",
];
const ENDS: &[&str] = &[
    "skuffe", "krog", "holder", "pose", "bakke", "ring", "hylde", "låg", "plade", "snor", "æske",
    "bord",
];
const HOW: &[&str] = &[
    "Roligt tempo",
    "Giv god tid",
    "To hjælpere ved forflytning",
    "Bank på først",
    "Sig altid navn",
    "Lad hende begynde selv",
    "Husk handsker",
    "Spørg til natten",
    "Sluk radioen",
    "Brug glidestykke",
];

/// A person's name.
pub fn name(rng: &mut ChaCha8Rng) -> String {
    format!("{} {}", pick(rng, FIRST), pick(rng, LAST))
}

/// An address.
pub fn address(rng: &mut ChaCha8Rng) -> String {
    format!("{} {}", pick(rng, ROADS), 1 + below(rng, 180))
}

fn clock(rng: &mut ChaCha8Rng) -> String {
    format!("kl. {}:{:02}", 6 + below(rng, 17), 5 * below(rng, 12))
}

fn thing(rng: &mut ChaCha8Rng) -> String {
    format!("{}{}", pick(rng, THINGS), pick(rng, ENDS))
}

/// An item's instruction, about ninety characters.
pub fn instruction(rng: &mut ChaCha8Rng) -> String {
    format!(
        "{}: {} står {}, {}. {} {} {}.",
        pick(rng, HOW),
        thing(rng),
        pick(rng, PLACE),
        pick(rng, MOOD),
        pick(rng, WHO),
        pick(rng, DID),
        clock(rng),
    )
}

fn sentence(rng: &mut ChaCha8Rng) -> String {
    match below(rng, 8) {
        0 => format!("{} {} {}.", pick(rng, WHO), pick(rng, DID), clock(rng)),
        1 => format!(
            "Var {} {}, {} ved {}.",
            pick(rng, MOOD),
            clock(rng),
            pick(rng, MOOD),
            thing(rng)
        ),
        2 => format!("{} {}, obs {}.", pick(rng, BODY), pick(rng, LOOKS), clock(rng)),
        3 => format!("Spiste {} og {} {}.", pick(rng, FOOD), pick(rng, FOOD), pick(rng, PLACE)),
        4 => format!("{} og {}.", upper(pick(rng, WISH)), pick(rng, WISH)),
        5 => format!(
            "{} ligger nu {}, før {}.",
            upper(&thing(rng)),
            pick(rng, PLACE),
            pick(rng, PLACE)
        ),
        6 => format!(
            "Vægt {},{} kg, puls {}, drak {} ml.",
            48 + below(rng, 50),
            below(rng, 10),
            56 + below(rng, 50),
            50 * below(rng, 12)
        ),
        _ => format!(
            "{} fortæller at {} {} {}.",
            pick(rng, WHO),
            thing(rng),
            pick(rng, LOOKS),
            pick(rng, PLACE)
        ),
    }
}

fn upper(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// A note's text, about 290 characters.
pub fn note(rng: &mut ChaCha8Rng) -> String {
    let mut text = sentence(rng);
    let wanted = 230 + below(rng, 90);
    while text.chars().count() < wanted {
        text.push(' ');
        text.push_str(&sentence(rng));
    }
    text
}

/// What somebody adds to an instruction.
pub fn addition(rng: &mut ChaCha8Rng, mark: &str) -> String {
    format!("[{} {} #{mark}]", upper(pick(rng, WISH)), clock(rng))
}
