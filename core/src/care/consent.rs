//! Consent: per relative, topic and channel, append-only (M49, L12).
//!
//! Tablets write without seeing each other, so no clock decides. A withdrawal beats every grant
//! that does not name it: who grants anew must have seen what is set aside.

use minicbor::{Decode, Encode};

use super::keyed::keyed;
use crate::ids::{CarerId, RelativeId};
use crate::time::UnixSeconds;

/// What a relative may hear about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Topic {
    /// How the citizen is: the good news of the day (M48).
    #[n(0)]
    Wellbeing,
    /// That the carers came.
    #[n(1)]
    Visits,
    /// What the citizen swapped (M28).
    #[n(2)]
    Swaps,
}

keyed!(Topic { Wellbeing = "wellbeing", Visits = "visits", Swaps = "swaps" });

/// By which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Channel {
    /// A text message.
    #[n(0)]
    Sms,
    /// Behind log-in.
    #[n(1)]
    Link,
    /// A call.
    #[n(2)]
    Phone,
}

keyed!(Channel { Sms = "sms", Link = "link", Phone = "phone" });

/// The id of an entry, which is its record's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub struct ConsentId(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 16]);

/// To whom a consent or withdrawal was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
pub enum SaidTo {
    /// A carer.
    #[n(0)]
    Carer(#[n(0)] CarerId),
    /// Nobody: the relative answered STOP or AFMELD (M50).
    #[n(1)]
    Stop,
    /// The municipality's office.
    #[n(2)]
    Municipality,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
pub enum Act {
    /// Yes, to one topic by one channel.
    #[n(0)]
    Give {
        /// About what.
        #[n(0)]
        topic: Topic,
        /// By which way.
        #[n(1)]
        channel: Channel,
        /// The withdrawals that this grant knows and sets aside.
        #[n(2)]
        despite: Vec<ConsentId>,
    },
    /// No. `None` means all of them: withdrawing is as easy as giving (GDPR Art. 7(3)).
    #[n(1)]
    Withdraw {
        /// About what.
        #[n(0)]
        topic: Option<Topic>,
        /// By which way.
        #[n(1)]
        channel: Option<Channel>,
    },
}

/// One entry of the record kind `Consent`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
pub struct ConsentEntry {
    /// Its record's id.
    #[n(0)]
    pub id: ConsentId,
    /// For whom.
    #[n(1)]
    pub relative: RelativeId,
    /// What was said.
    #[n(2)]
    pub act: Act,
    /// To whom.
    #[n(3)]
    pub said_to: SaidTo,
    /// When; shown, and never what decides.
    #[n(4)]
    pub at: UnixSeconds,
}

impl ConsentEntry {
    fn withdraws(&self, topic: Topic, channel: Channel) -> bool {
        match &self.act {
            Act::Withdraw { topic: which, channel: way } => {
                which.is_none_or(|which| which == topic) && way.is_none_or(|way| way == channel)
            }
            Act::Give { .. } => false,
        }
    }
}

/// What was said about one relative, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consents(Vec<ConsentEntry>);

impl Consents {
    /// The entries about `relative` among all.
    #[must_use]
    pub fn of<'entry>(
        relative: RelativeId,
        entries: impl IntoIterator<Item = &'entry ConsentEntry>,
    ) -> Self {
        Self(entries.into_iter().filter(|entry| entry.relative == relative).cloned().collect())
    }

    /// The withdrawals that stand against a topic and a channel: what a new grant has to name.
    pub fn withdrawals(&self, topic: Topic, channel: Channel) -> impl Iterator<Item = ConsentId> {
        self.0.iter().filter(move |entry| entry.withdraws(topic, channel)).map(|entry| entry.id)
    }

    /// Whether the relative may hear about the topic by the channel. Nothing said means no.
    #[must_use]
    pub fn allow(&self, topic: Topic, channel: Channel) -> bool {
        self.0.iter().any(|entry| match &entry.act {
            Act::Give { topic: about, channel: way, despite } => {
                *about == topic
                    && *way == channel
                    && self.withdrawals(topic, channel).all(|id| despite.contains(&id))
            }
            Act::Withdraw { .. } => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GRETE: RelativeId = RelativeId([1; 16]);
    const OLE: RelativeId = RelativeId([2; 16]);

    fn entry(id: u8, relative: RelativeId, act: Act) -> ConsentEntry {
        ConsentEntry {
            id: ConsentId([id; 16]),
            relative,
            act,
            said_to: SaidTo::Municipality,
            at: UnixSeconds(i64::from(id)),
        }
    }

    fn give(id: u8, despite: &[u8]) -> ConsentEntry {
        let despite = despite.iter().map(|id| ConsentId([*id; 16])).collect();
        entry(id, GRETE, Act::Give { topic: Topic::Wellbeing, channel: Channel::Sms, despite })
    }

    fn withdraw(id: u8, topic: Option<Topic>, channel: Option<Channel>) -> ConsentEntry {
        entry(id, GRETE, Act::Withdraw { topic, channel })
    }

    fn allowed(entries: &[ConsentEntry]) -> bool {
        Consents::of(GRETE, entries).allow(Topic::Wellbeing, Channel::Sms)
    }

    #[test]
    fn a_withdrawal_beats_every_grant_that_does_not_name_it() {
        let sms = Some(Channel::Sms);
        for (entries, may, why) in [
            (vec![], false, "nothing said is no"),
            (vec![give(1, &[])], true, "given"),
            (vec![give(1, &[]), withdraw(2, None, sms)], false, "withdrawn"),
            (vec![withdraw(1, None, sms), give(2, &[])], false, "a later time decides nothing"),
            (vec![withdraw(1, None, sms), give(2, &[1])], true, "given anew, knowing of it"),
            (
                vec![withdraw(1, None, sms), give(2, &[1]), withdraw(3, None, None)],
                false,
                "withdrawn again",
            ),
            (vec![give(1, &[]), withdraw(2, Some(Topic::Swaps), None)], true, "another topic"),
            (vec![give(1, &[]), withdraw(2, None, Some(Channel::Link))], true, "another channel"),
            (vec![give(1, &[]), withdraw(2, Some(Topic::Wellbeing), sms)], false, "just this"),
            (vec![give(1, &[]), withdraw(2, None, None)], false, "everything"),
        ] {
            assert_eq!(allowed(&entries), may, "{why}");
        }
    }

    #[test]
    fn a_grant_holds_for_its_relative_topic_and_channel_only() {
        let consents = Consents::of(GRETE, &[give(1, &[])]);
        for topic in Topic::ALL {
            for channel in Channel::ALL {
                let given = (*topic, *channel) == (Topic::Wellbeing, Channel::Sms);
                assert_eq!(consents.allow(*topic, *channel), given);
            }
        }
        assert!(!Consents::of(OLE, &[give(1, &[])]).allow(Topic::Wellbeing, Channel::Sms));
    }

    #[test]
    fn another_relatives_stop_changes_nothing() {
        let stop = entry(2, OLE, Act::Withdraw { topic: None, channel: None });
        assert!(allowed(&[give(1, &[]), stop]));
    }

    #[test]
    fn a_new_grant_is_told_what_it_has_to_name() {
        let entries = [withdraw(1, None, None), withdraw(2, None, Some(Channel::Link))];
        let consents = Consents::of(GRETE, &entries);
        let named: Vec<ConsentId> = consents.withdrawals(Topic::Wellbeing, Channel::Sms).collect();
        assert_eq!(named, [ConsentId([1; 16])]);
    }

    #[test]
    fn an_entry_reads_back_from_its_bytes() -> Result<(), minicbor::decode::Error> {
        for entry in [give(1, &[2, 3]), withdraw(2, None, Some(Channel::Sms))] {
            let bytes = minicbor::to_vec(&entry).unwrap();
            assert_eq!(minicbor::decode::<ConsentEntry>(&bytes)?, entry);
        }
        Ok(())
    }

    fn any_entry() -> impl Strategy<Value = ConsentEntry> {
        let topic = prop::sample::select(Topic::ALL);
        let channel = prop::sample::select(Channel::ALL);
        let despite = prop::collection::vec(0_u8..8, 0..4);
        (0_u8..8, topic, channel, despite, 0..4).prop_map(|(id, topic, channel, despite, what)| {
            let act = match what {
                0 => Act::Withdraw { topic: Some(topic), channel: Some(channel) },
                1 => Act::Withdraw { topic: None, channel: Some(channel) },
                _ => Act::Give {
                    topic,
                    channel,
                    despite: despite.into_iter().map(|id| ConsentId([id; 16])).collect(),
                },
            };
            entry(id, GRETE, act)
        })
    }

    proptest! {
        #[test]
        fn the_order_of_entries_and_hearing_them_twice_change_nothing(
            entries in prop::collection::vec(any_entry(), 0..8),
            turn in 0_usize..8,
            again in 0_usize..8,
        ) {
            let mut other = entries.clone();
            other.extend(entries.get(again).cloned());
            let turn = turn % other.len().max(1);
            other.rotate_left(turn);
            other.reverse();
            for topic in Topic::ALL {
                for channel in Channel::ALL {
                    prop_assert_eq!(
                        Consents::of(GRETE, &entries).allow(*topic, *channel),
                        Consents::of(GRETE, &other).allow(*topic, *channel)
                    );
                }
            }
        }

        #[test]
        fn a_fresh_withdrawal_always_stops(entries in prop::collection::vec(any_entry(), 0..8)) {
            let mut entries = entries;
            entries.push(withdraw(200, None, None));
            let consents = Consents::of(GRETE, &entries);
            for topic in Topic::ALL {
                for channel in Channel::ALL {
                    prop_assert!(!consents.allow(*topic, *channel));
                }
            }
        }
    }
}
