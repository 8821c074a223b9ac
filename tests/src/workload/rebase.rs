//! Several edits of one text, each told in positions of the text as it first was.

/// A text under edit: every UTF-16 unit knows where it stood before the shift, or that it came in.
#[derive(Debug, Clone)]
pub struct Rebased {
    units: Vec<(Option<usize>, u16)>,
}

impl Rebased {
    /// A text that nobody edited yet.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let units = text.encode_utf16().enumerate().map(|(at, unit)| (Some(at), unit)).collect();
        Self { units }
    }

    /// Takes out `del` units from `pos` on, as far as earlier edits left them, and puts `ins` in
    /// there, after what earlier edits put in at the same place.
    pub fn splice(&mut self, pos: usize, del: usize, ins: &str) {
        let end = pos.saturating_add(del);
        let from = self
            .units
            .iter()
            .position(|(was, _)| was.is_some_and(|was| was >= pos))
            .unwrap_or(self.units.len());
        let mut after = self.units.split_off(from);
        after.retain(|(was, _)| was.is_none_or(|was| was >= end));
        self.units.extend(ins.encode_utf16().map(|unit| (None, unit)));
        self.units.append(&mut after);
    }

    /// The text as it is now.
    #[must_use]
    pub fn text(&self) -> String {
        let units: Vec<u16> = self.units.iter().map(|(_, unit)| *unit).collect();
        String::from_utf16_lossy(&units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, edits: &[(usize, usize, &str)]) -> String {
        let mut rebased = Rebased::new(text);
        for (pos, del, ins) in edits {
            rebased.splice(*pos, *del, ins);
        }
        rebased.text()
    }

    #[test]
    fn positions_are_those_of_the_text_before_the_shift() {
        for (edits, text) in [
            (&[(3, 2, "7")][..], "kl 7 kaffe"),
            (&[(0, 0, "[!] "), (3, 2, "7")], "[!] kl 7 kaffe"),
            (&[(3, 2, "7"), (6, 5, "te")], "kl 7 te"),
            (&[(11, 0, " a"), (11, 0, " b")], "kl 08 kaffe a b"),
            (&[(3, 2, "7"), (4, 3, "X")], "kl 7Xaffe"),
            (&[(90, 5, " z")], "kl 08 kaffe z"),
        ] {
            assert_eq!(edited("kl 08 kaffe", edits), text, "{edits:?}");
        }
    }

    #[test]
    fn a_position_counts_utf_16_units() {
        assert_eq!(edited("å😀b", &[(3, 1, "c")]), "å😀c");
    }
}
