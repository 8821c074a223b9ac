//! What happens on the day that is played, as data: who sees what at whose door. What carers write
//! is Danish, as everything that people of the municipality read.

use doegnrytme_core::care::day_part::DayPart;
use doegnrytme_core::care::field::{Field, Section};
use doegnrytme_core::care::note::Function;

use super::shift::Deed::{AddStory, Correct, Deviate, HandOver, Put, Tell};
use super::shift::{Scene, Value};

/// The day's scenes. The two who edit one field work in different watches and are therefore never
/// the same person.
pub const SCENES: &[Scene] = &[
    Scene {
        citizen: "LK-01",
        part: DayPart::Forenoon,
        deeds: &[
            Tell(&[1, 13]),
            AddStory(
                "Karla fortalte i haven, at rosen ved bagdøren er en stikling fra hendes mors have. \
                 Den er over hundrede år gammel.",
            ),
        ],
    },
    Scene {
        citizen: "LK-01",
        part: DayPart::Evening,
        deeds: &[AddStory(
            "Aage og Karla mødte hinanden til høstfest. Han trådte hende over tæerne, og det \
             morer hun sig stadig over.",
        )],
    },
    Scene {
        citizen: "LK-02",
        part: DayPart::Morning,
        deeds: &[
            Deviate {
                undone: &["Bad"],
                text: "Aksel ville hellere have kaffe og avis end bad. Han havde sovet uroligt og \
                       vaskede sig selv ved vasken. Vi byttede inden for de samme minutter og \
                       prøver bad igen næste gang.",
                needs_action: false,
            },
            Tell(&[3, 7]),
        ],
    },
    Scene {
        citizen: "LK-03",
        part: DayPart::Evening,
        deeds: &[
            Deviate {
                undone: &["Øjendråber, aften"],
                text: "Øjendråberne er ikke givet, flasken var tom. Apoteket har en ny klar i \
                       morgen fra klokken 8. Den skal hentes før morgenbesøget.",
                needs_action: true,
            },
            Correct("Rettelse: Apoteket åbner klokken 9 og ikke klokken 8."),
        ],
    },
    Scene {
        citizen: "LK-04",
        part: DayPart::Forenoon,
        deeds: &[Deviate {
            undone: &["Rengøring"],
            text: "Poul sprang rengøringen over og vil spare de 45 minutter op til følgeskab, når \
                   han skal vaccineres.",
            needs_action: false,
        }],
    },
    Scene {
        citizen: "LK-05",
        part: DayPart::Morning,
        deeds: &[
            Tell(&[5]),
            Put {
                section: Section::Items,
                title: "Aftensmad og musik",
                field: Field::Text,
                value: Value::Text(
                    "Sæt pladen med salmer på, allerede mens du dækker bord. Så kommer hun selv.",
                ),
            },
        ],
    },
    Scene {
        citizen: "LK-05",
        part: DayPart::Evening,
        deeds: &[
            Deviate {
                undone: &[],
                text: "Sagde først nej til maden. Spiste en hel portion, da vi sang sammen.",
                needs_action: false,
            },
            Put {
                section: Section::Items,
                title: "Aftensmad og musik",
                field: Field::Text,
                value: Value::Text(
                    "Syng den første salme selv, og sæt så pladen på. Hun spiser, når hun synger.",
                ),
            },
        ],
    },
    Scene {
        citizen: "LK-07",
        part: DayPart::Forenoon,
        deeds: &[Deviate {
            undone: &["Rengøring, stue og køkken"],
            text: "Jytte ville have soveværelset gjort i stedet for stuen, søstrene skal sove \
                   der. De samme minutter.",
            needs_action: false,
        }],
    },
    Scene { citizen: "LK-08", part: DayPart::Noon, deeds: &[Tell(&[9, 12])] },
    Scene {
        citizen: "LK-09",
        part: DayPart::Forenoon,
        deeds: &[
            Tell(&[2]),
            Put {
                section: Section::Goals,
                title: "Gå til postkassen selv",
                field: Field::Text,
                value: Value::Text(
                    "60 meter ned og 60 meter op. I dag gik han hele vejen med én pause.",
                ),
            },
        ],
    },
    Scene {
        citizen: "LK-11",
        part: DayPart::Afternoon,
        deeds: &[
            Tell(&[2, 6]),
            HandOver(
                Function::VolunteerCoordinator,
                "Niels vil gerne have en besøgsven at gå med. Han har selv spurgt to gange i denne \
                 uge. Han går godt med stok og taler gerne om historie.",
            ),
        ],
    },
    Scene { citizen: "LK-12", part: DayPart::Noon, deeds: &[Tell(&[15])] },
    Scene {
        citizen: "LK-12",
        part: DayPart::Evening,
        deeds: &[
            Deviate {
                undone: &[],
                text: "Rød på venstre hæl, rødmen går ikke væk, når man trykker. Hælen er lagt \
                       fri med en pude under læggen.",
                needs_action: true,
            },
            HandOver(
                Function::Nurse,
                "Rødme på Ingas venstre hæl, der ikke går væk. Hælen er lagt fri. Vil du se på \
                 den i morgen tidlig?",
            ),
        ],
    },
    Scene {
        citizen: "LK-14",
        part: DayPart::Noon,
        deeds: &[
            Deviate {
                undone: &["Middagsmad"],
                text: "Datteren havde selv givet maden. Vi gik en tur på altangangen i stedet.",
                needs_action: false,
            },
            Tell(&[2, 4]),
        ],
    },
    Scene {
        citizen: "LK-18",
        part: DayPart::Morning,
        deeds: &[Put {
            section: Section::Items,
            title: "Brænde ind",
            field: Field::Minutes,
            value: Value::Minutes(20),
        }],
    },
    Scene {
        citizen: "LK-18",
        part: DayPart::Evening,
        deeds: &[Put {
            section: Section::Items,
            title: "Brænde ind",
            field: Field::Minutes,
            value: Value::Minutes(25),
        }],
    },
];

/// Whose tablet lies in the car without a line and comes when the others are done. No scene that
/// another one answers depends on this carer.
pub const LATE: &str = "Jonas Rævehale";
/// Who takes the handover to the nurse.
pub const TAKER: &str = "Henrik Mosebølle";
/// What comes of it.
pub const ANSWER: &str = "Tak. Jeg ser på hælen i morgen klokken 7.30 og tager en aflastende støvle med. Læg den fri \
     i nat, og skriv, hvis huden går i stykker.";

/// What may happen on any other visit: words of a deviation.
pub const SMALL: &[&str] = &[
    "Spiste kun halvdelen, men drak to glas saft.",
    "Ville hellere hvile sig. Vi tager det igen næste gang.",
    "Batteriet i fjernbetjeningen var fladt. Der ligger et nyt i skuffen nu.",
    "Der var besøg, så jeg gik igen efter ti minutter.",
    "Havde allerede selv klaret det meste. Vi brugte tiden på at se billeder.",
    "Lidt tungere på benene end i går. Hold øje med det.",
];

/// Phrases that fit almost any good day.
pub const GOOD: &[u16] = &[4, 6, 7, 9, 12];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use doegnrytme_core::care::authority::{Action, Authority};

    use super::super::shift::Deed;
    use super::super::town::Town;
    use super::super::town::carers::{CARERS, Watch};
    use super::*;
    use crate::record::words::Defaults;

    fn towns() -> impl Iterator<Item = Town> {
        (0_i32..7).map(|day| {
            let monday = "2026-03-02".parse::<doegnrytme_core::time::LocalDay>().unwrap();
            Town::of(u64::from(day.unsigned_abs()), monday.plus(day)).unwrap()
        })
    }

    /// Who makes a scene's visit.
    fn carer_of(town: &Town, scene: &Scene) -> Option<String> {
        let is_it = |visit: &super::super::town::rows::VisitRow| {
            visit.citizen == scene.citizen && visit.slot == scene.part.key()
        };
        town.shifts.iter().find(|shift| shift.visits.iter().any(is_it)).map(|it| it.carer.clone())
    }

    #[test]
    fn every_scene_has_its_visit_on_every_working_day() {
        for town in towns().take(5) {
            for scene in SCENES {
                assert!(carer_of(&town, scene).is_some(), "{} {scene:?}", town.day);
            }
        }
    }

    #[test]
    fn every_title_that_a_scene_names_stands_in_the_plan() {
        let town = towns().next().unwrap();
        for scene in SCENES {
            let row = town.citizens.iter().find(|row| row.id == scene.citizen).unwrap();
            let items: BTreeSet<&str> = row.items.values().map(|it| it.title.as_str()).collect();
            let goals: BTreeSet<&str> =
                row.goals.values().filter_map(|it| it.title.as_deref()).collect();
            for deed in scene.deeds {
                match deed {
                    Deviate { undone, .. } => assert!(undone.iter().all(|it| items.contains(it))),
                    Put { section: Section::Goals, title, .. } => assert!(goals.contains(title)),
                    Put { title, .. } => assert!(items.contains(title), "{title}"),
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn those_who_meet_in_one_field_and_in_a_handover_are_two_people_and_on_time() {
        for town in towns() {
            for scene in SCENES {
                let Some(carer) = carer_of(&town, scene) else { continue };
                let meets = |deed: &Deed| matches!(deed, Put { .. } | HandOver(Function::Nurse, _));
                if scene.deeds.iter().any(meets) && scene.citizen != "LK-09" {
                    assert_ne!(carer, LATE, "{scene:?}");
                }
                if scene.deeds.iter().any(|deed| matches!(deed, HandOver(Function::Nurse, _))) {
                    assert_ne!(carer, TAKER);
                }
                if scene.deeds.iter().any(|deed| matches!(deed, Put { .. })) {
                    let carer = CARERS.iter().find(|known| known.name == carer).unwrap();
                    let rights = Authority::default();
                    assert_eq!(rights.check(Action::EditPlan, carer.roles()), Ok(()), "{scene:?}");
                }
            }
        }
        assert_eq!(CARERS.iter().filter(|carer| [LATE, TAKER].contains(&carer.name)).count(), 2);
        assert!(CARERS.iter().all(|carer| carer.name != LATE || carer.watch == Watch::Day));
    }

    #[test]
    fn every_phrase_is_an_approved_one() {
        let defaults = Defaults::danish();
        let known: BTreeSet<u16> = defaults
            .lists
            .iter()
            .filter(|list| list.list == doegnrytme_core::wire::record::WordList::PHRASES)
            .flat_map(|list| &list.words)
            .map(|word| word.number)
            .collect();
        let told = SCENES.iter().flat_map(|scene| scene.deeds).flat_map(|deed| match deed {
            Tell(phrases) => *phrases,
            _ => &[],
        });
        assert!(told.chain(GOOD).all(|phrase| known.contains(phrase)));
    }
}
