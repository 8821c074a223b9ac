use std::os::unix::fs::PermissionsExt as _;

use doegnrytme_core::care::consent::{Channel, SaidTo, Topic};
use doegnrytme_core::ids::RelativeId;
use doegnrytme_core::time::UnixSeconds;

use super::outbox::{Claim, claim, compose, enter, settle};
use super::*;
use crate::jobs::stand::{
    GARDEN, INGER, PHONE, PLEASE_CALL, Post, SOLVEJ, Town, WALK, correction, today, visit,
};
use crate::store::sms::{Sms, SmsState};

/// Inger was in the garden, Solvej may read it, and the facts know.
fn a_good_day() -> Town {
    let town = Town::new();
    town.give(1, Topic::Wellbeing, Channel::Sms);
    town.publish(visit(1, INGER, &[GARDEN], ""));
    town.clerk(&Post::new()).project().unwrap();
    town
}

fn composed(town: &Town) -> usize {
    let messages = town.read(|tx| compose(tx, today()).unwrap()).messages;
    town.write(move |tx, context| enter(tx, context.rng, context.now, today(), &messages).unwrap())
}

fn claimed(town: &Town) -> Claim {
    town.write(|tx, context| claim(tx, context.now, SOLVEJ, today()).unwrap())
}

fn message(town: &Town) -> Sms {
    town.read(|tx| tx.sms(SOLVEJ, today()).unwrap().unwrap())
}

#[test]
fn a_message_names_the_municipality_and_tells_what_was_chosen() {
    let town = a_good_day();
    assert_eq!(composed(&town), 1);
    let Claim::Send(outgoing) = claimed(&town) else { panic!("not claimed") };
    assert_eq!(outgoing.text, "Hej fra Lillekær Kommune. Inger har været i haven i dag.");
    assert_eq!(outgoing.sender, "Lillekær Kommune");
    assert_eq!((outgoing.to.as_str(), outgoing.relative), (PHONE, SOLVEJ));
    assert_eq!(outgoing.reference, message(&town).reference);
    assert_eq!(message(&town).state, SmsState::Claimed);
}

#[test]
fn without_consent_nothing_is_composed() {
    let town = Town::new();
    town.publish(visit(1, INGER, &[GARDEN], ""));
    town.clerk(&Post::new()).project().unwrap();
    assert_eq!(composed(&town), 0);
    town.give(1, Topic::Swaps, Channel::Sms);
    town.give(2, Topic::Wellbeing, Channel::Phone);
    assert_eq!(composed(&town), 0, "another topic and another channel are no consent");
}

#[test]
fn what_is_taken_back_between_composing_and_claiming_does_not_leave() {
    for said_to in [SaidTo::Municipality, SaidTo::Stop] {
        let town = a_good_day();
        assert_eq!(composed(&town), 1);
        town.withdraw(9, said_to);
        assert_eq!(claimed(&town), Claim::Withdrawn, "{said_to:?}");
        assert_eq!(claimed(&town), Claim::Gone);
        let message = message(&town);
        assert_eq!((message.state, message.text.as_str()), (SmsState::Withdrawn, ""));
    }
}

#[test]
fn a_correction_between_composing_and_claiming_changes_what_leaves() {
    let town = a_good_day();
    assert_eq!(composed(&town), 1);
    town.publish(correction(2, 1, INGER, &[WALK]));
    town.clerk(&Post::new()).project().unwrap();
    let Claim::Send(outgoing) = claimed(&town) else { panic!("not claimed") };
    let expected = "Hej fra Lillekær Kommune. Inger har været ude at gå en tur i dag.";
    assert_eq!(outgoing.text, expected);
    assert_eq!(message(&town).text, expected);
}

#[test]
fn a_message_is_claimed_once_and_composed_once() {
    let town = a_good_day();
    assert_eq!((composed(&town), composed(&town)), (1, 0));
    assert!(matches!(claimed(&town), Claim::Send(_)));
    assert_eq!(claimed(&town), Claim::Gone);
    for outcome in [Outcome::Taken, Outcome::NotNow] {
        town.write(move |tx, context| {
            settle(tx, context.now, SOLVEJ, today(), outcome).unwrap();
        });
        assert_eq!(message(&town).state, SmsState::Sent, "an outcome is told once");
    }
    assert_eq!((composed(&town), claimed(&town)), (0, Claim::Gone));
}

#[test]
fn what_is_not_for_text_messages_becomes_a_greeting_and_no_word_of_it() {
    for (topic, phrases, text) in
        [(Topic::Wellbeing, vec![PLEASE_CALL], ""), (Topic::Visits, vec![], "Hun havde feber.")]
    {
        let town = Town::new();
        town.publish(visit(1, INGER, &phrases, text));
        town.clerk(&Post::new()).project().unwrap();
        town.give(1, topic, Channel::Sms);
        assert_eq!(composed(&town), 0, "{topic:?}: nothing waits behind log-in for her");
        town.give(2, topic, Channel::Link);
        assert_eq!(composed(&town), 1);
        assert_eq!(
            message(&town).text,
            "Hej fra Lillekær Kommune. Der er en ny hilsen om Inger. Ring til os, så fortæller vi."
        );
    }
}

#[test]
fn words_that_cannot_be_sent_and_citizens_without_a_name_are_counted() {
    let town = a_good_day();
    town.set("message", "Hej. {nyt}");
    let composed = town.read(|tx| compose(tx, today()).unwrap());
    assert_eq!((composed.messages.len(), composed.unsendable), (0, 1));
    town.set("message", "Hej fra {kommune}. {nyt}");
    town.name(INGER, " ");
    let composed = town.read(|tx| compose(tx, today()).unwrap());
    assert_eq!((composed.messages.len(), composed.nameless), (0, 1));
}

fn outgoing(reference: u8) -> Outgoing {
    Outgoing {
        relative: RelativeId([15; 16]),
        day: today(),
        reference: [reference; 16],
        sender: "Lillekær Kommune".into(),
        to: PHONE.into(),
        text: "Hej fra Lillekær Kommune. \"Inger\" har\nværet i haven.".into(),
        at: UnixSeconds(1_772_470_800),
    }
}

#[test]
fn the_log_gateway_writes_a_line_into_a_private_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sms.log");
    let mut gateway = LogGateway::at(&path);
    assert_eq!(gateway.look_up([1; 16]), Outcome::Unknown);
    assert_eq!(gateway.send(&outgoing(1)), Outcome::Taken);
    assert_eq!(gateway.send(&outgoing(2)), Outcome::Taken);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let lines = LogGateway::lines(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
    assert_eq!(lines[0].to, PHONE);
    assert_eq!(lines[0].at, "2026-03-02T17:00:00Z");
    assert_eq!(lines[1].text, outgoing(2).text);
    assert_eq!(gateway.look_up([1; 16]), Outcome::Taken);
    assert_eq!(gateway.look_up([3; 16]), Outcome::Unknown);
}

#[test]
fn a_torn_line_spoils_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sms.log");
    let mut gateway = LogGateway::at(&path);
    gateway.send(&outgoing(1));
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(gateway.look_up([1; 16]), Outcome::Unknown);
    assert_eq!(gateway.send(&outgoing(2)), Outcome::Taken);
    assert_eq!(gateway.look_up([2; 16]), Outcome::Taken);
}

#[test]
fn a_file_that_cannot_be_opened_takes_nothing() {
    let mut gateway = LogGateway::at("/nowhere/sms.log");
    assert_eq!(gateway.send(&outgoing(1)), Outcome::NotNow);
}
