//! What fits into a text message: the alphabet of GSM 03.38, and how many messages a text becomes.
//!
//! Gateways answer "accepted" to letters that they then turn into "?", and cut what is too long
//! without a word (measured through Kannel 1.4.5). So both are settled here, before sending.

/// How a text travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// Seven bits a character.
    Gsm7,
    /// Sixteen bits a unit: fewer than half as many fit.
    Ucs2,
}

/// What a text costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Measure {
    /// How it travels.
    pub alphabet: Alphabet,
    /// Septets, or UTF-16 units.
    pub units: usize,
    /// How many messages it becomes; 0 for no text.
    pub segments: usize,
}

/// The basic table. Each of them counts 1.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The extension table: an escape and a character, so each counts 2.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// Septets of a character, `None` when the alphabet lacks it.
fn septets(character: char) -> Option<usize> {
    if BASIC.contains(character) {
        Some(1)
    } else if EXTENDED.contains(character) {
        Some(2)
    } else {
        None
    }
}

/// Counts a text as it stands.
#[must_use]
pub fn measure(text: &str) -> Measure {
    let septets: Option<Vec<usize>> = text.chars().map(septets).collect();
    let (alphabet, widths, alone, part) = match septets {
        Some(widths) => (Alphabet::Gsm7, widths, 160, 153),
        None => (Alphabet::Ucs2, text.chars().map(char::len_utf16).collect(), 70, 67),
    };
    let units: usize = widths.iter().sum();
    let segments = match units {
        0 => 0,
        units if units <= alone => 1,
        _ => parts(&widths, part),
    };
    Measure { alphabet, units, segments }
}

/// How many parts of `room` units hold the characters; none is split over two parts.
fn parts(widths: &[usize], room: usize) -> usize {
    let (parts, _) = widths.iter().fold((1, 0), |(parts, used), width| {
        if used + width > room { (parts + 1, *width) } else { (parts, used + width) }
    });
    parts
}

/// Characters with what stands for them. What is in no table and has no stand-in is left out.
const STAND_INS: &[(&str, &str)] = &[
    ("–—‐‑‒―−", "-"),
    ("‘’‚‛′`´", "'"),
    ("“”„‟″«»", "\""),
    ("…", "..."),
    ("•·▪◦", "-"),
    ("½", "1/2"),
    ("¼", "1/4"),
    ("¾", "3/4"),
    ("°", " grader"),
    ("×", "x"),
    ("\u{a0}\u{2009}\u{202f}\t", " "),
    ("áâãāăąª", "a"),
    ("ÀÁÂÃĀĂĄ", "A"),
    ("çćĉċč", "c"),
    ("ĆĈĊČ", "C"),
    ("ďđð", "d"),
    ("ĎĐÐ", "D"),
    ("êëēĕėęě", "e"),
    ("ÈÊËĒĔĖĘĚ", "E"),
    ("ĝğġģ", "g"),
    ("ĜĞĠĢ", "G"),
    ("íîïĩīĭįı", "i"),
    ("ÌÍÎÏĨĪĬĮİ", "I"),
    ("ĺļľł", "l"),
    ("ĹĻĽŁ", "L"),
    ("ńņňŋ", "n"),
    ("ŃŅŇŊ", "N"),
    ("óôõōŏőº", "o"),
    ("ÒÓÔÕŌŎŐ", "O"),
    ("ŕŗř", "r"),
    ("ŔŖŘ", "R"),
    ("śŝşšș", "s"),
    ("ŚŜŞŠȘ", "S"),
    ("ţťŧț", "t"),
    ("ŢŤŦȚ", "T"),
    ("úûũūŭůűų", "u"),
    ("ÙÚÛŨŪŬŮŰŲ", "U"),
    ("ýÿŷ", "y"),
    ("ÝŸŶ", "Y"),
    ("źżž", "z"),
    ("ŹŻŽ", "Z"),
    ("þ", "th"),
    ("Þ", "Th"),
    ("œ", "oe"),
    ("Œ", "Oe"),
];

/// Letters that some keyboards send as two characters, and the one that is meant.
const COMPOSED: &[(char, char, char)] = &[
    ('a', '\u{30a}', 'å'),
    ('A', '\u{30a}', 'Å'),
    ('a', '\u{308}', 'ä'),
    ('A', '\u{308}', 'Ä'),
    ('o', '\u{308}', 'ö'),
    ('O', '\u{308}', 'Ö'),
    ('u', '\u{308}', 'ü'),
    ('U', '\u{308}', 'Ü'),
    ('e', '\u{301}', 'é'),
    ('E', '\u{301}', 'É'),
    ('e', '\u{300}', 'è'),
    ('a', '\u{300}', 'à'),
    ('n', '\u{303}', 'ñ'),
    ('N', '\u{303}', 'Ñ'),
];

/// The text with letters and their marks put together, and marks that belong to none left out.
#[must_use]
pub fn composed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let whole = out.chars().next_back().and_then(|before| {
            COMPOSED
                .iter()
                .find(|(letter, mark, _)| *letter == before && *mark == character)
                .map(|(_, _, whole)| *whole)
        });
        match whole {
            Some(whole) => {
                out.pop();
                out.push(whole);
            }
            None if ('\u{300}'..='\u{36f}').contains(&character) => {}
            None => out.push(character),
        }
    }
    out
}

/// The text in letters that every phone shows: what the alphabet lacks gets its stand-in.
#[must_use]
pub fn transliterated(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in composed(text).chars() {
        if septets(character).is_some() {
            out.push(character);
        } else if let Some((_, instead)) =
            STAND_INS.iter().find(|(characters, _)| characters.contains(character))
        {
            out.push_str(instead);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segments(text: &str) -> usize {
        measure(text).segments
    }

    #[test]
    fn segments_are_those_that_were_measured_through_a_gateway() {
        for (letters, tail, parts) in [
            (0, "", 0),
            (1, "", 1),
            (160, "", 1),
            (161, "", 2),
            (306, "", 2),
            (307, "", 3),
            (158, "€", 1),
            (159, "€", 2),
        ] {
            assert_eq!(segments(&("a".repeat(letters) + tail)), parts, "{letters} {tail}");
        }
        for (letters, tail, parts) in [(69, "ł", 1), (70, "ł", 2), (68, "😀", 1), (69, "😀", 2)]
        {
            assert_eq!(segments(&("a".repeat(letters) + tail)), parts, "{letters} {tail}");
        }
    }

    #[test]
    fn an_escaped_character_is_not_split_over_two_parts() {
        let straddles = "a".repeat(152) + "€" + &"a".repeat(152);
        assert_eq!(
            measure(&straddles),
            Measure { alphabet: Alphabet::Gsm7, units: 306, segments: 3 }
        );
    }

    #[test]
    fn the_letters_that_a_gateway_passes_are_kept() {
        let kept = "æøåÆØÅÉéèàäöüÄÖÜßñÑùìòÇ£¥§¿¡¤€";
        assert_eq!(transliterated(kept), kept);
        assert_eq!(measure(kept).alphabet, Alphabet::Gsm7);
    }

    #[test]
    fn what_the_alphabet_lacks_gets_a_stand_in() {
        for (text, sent) in [
            ("Mor – og far – “i haven”…", "Mor - og far - \"i haven\"..."),
            ("Hun sagde: ‘ja’ • ½ kop", "Hun sagde: 'ja' - 1/2 kop"),
            ("Łucja, Żaneta, Đurđa, Åse", "Lucja, Zaneta, Durda, Åse"),
            ("fac\u{327}ade, ga\u{30a}et, Rene\u{301}", "facade, gået, René"),
            ("Dejlig dag 😀", "Dejlig dag "),
            ("20°", "20 grader"),
        ] {
            assert_eq!(transliterated(text), sent);
        }
    }

    proptest! {
        #[test]
        fn any_text_travels_in_seven_bits_once_transliterated(text: String) {
            let sent = transliterated(&text);
            prop_assert_eq!(measure(&sent).alphabet, Alphabet::Gsm7);
            prop_assert_eq!(transliterated(&sent), sent);
        }

        #[test]
        fn parts_hold_the_text_and_none_is_wasted(text in "[a-zæøå€\\[\\]]{0,700}") {
            let Measure { units, segments, .. } = measure(&text);
            if segments > 1 {
                prop_assert!(units <= segments * 153);
                // Only an escape that would be split leaves room unused, one septet a part.
                prop_assert!(units > (segments - 1) * 152);
            } else {
                prop_assert!(units <= 160);
            }
        }

        #[test]
        fn more_text_never_takes_fewer_parts(text in "\\PC{0,200}", more in "\\PC{0,50}") {
            let longer = text.clone() + &more;
            prop_assert!(segments(&longer) >= segments(&text));
        }
    }
}
