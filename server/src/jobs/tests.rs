use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use doegnrytme_core::care::consent::{Channel, Topic};
use doegnrytme_core::port::Clock as _;

use super::stand::{GARDEN, INGER, PHONE, Post, SOLVEJ, Town, WALK, correction, today, visit};
use super::*;
use crate::http::Node as _;
use crate::relatives::news::{News, news};
use crate::relatives::outbox::{self, Claim};
use crate::relatives::{Gateway as _, Outcome};

/// Inger was in the garden, and Solvej may read it.
fn a_good_day() -> Town {
    let town = Town::new();
    town.give(1, Topic::Wellbeing, Channel::Sms);
    town.publish(visit(1, INGER, &[GARDEN], "Hun fortalte om sin bror."));
    town
}

fn state(town: &Town) -> SmsState {
    town.read(|tx| tx.sms(SOLVEJ, today()).unwrap().unwrap()).state
}

fn run(town: &Town, post: &Post) -> DigestRun {
    town.clerk(post).run_digests(today()).unwrap()
}

/// What a server does until it is killed after a claim.
fn claimed_and_killed(town: &mut Town, post: &Post, handed_over: bool) {
    town.clerk(post).project().unwrap();
    let messages = town.read(|tx| outbox::compose(tx, today()).unwrap()).messages;
    let claim = town.write(move |tx, context| {
        outbox::enter(tx, context.rng, context.now, today(), &messages).unwrap();
        outbox::claim(tx, context.now, SOLVEJ, today()).unwrap()
    });
    let Claim::Send(outgoing) = claim else { panic!("not claimed") };
    if handed_over {
        post.clone().send(&outgoing);
    }
    town.restart();
}

#[test]
fn a_relative_gets_one_message_a_day_however_often_digests_run() {
    let (town, post) = (a_good_day(), Post::new());
    let sent = DigestRun { composed: 1, sent: 1, ..DigestRun::default() };
    assert_eq!(run(&town, &post), sent);
    assert_eq!(run(&town, &post), DigestRun::default());
    town.publish(visit(2, INGER, &[WALK], ""));
    assert_eq!(run(&town, &post), DigestRun::default());
    assert_eq!(post.texts(), ["Hej fra Lillekær Kommune. Inger har været i haven i dag."]);
    assert_eq!(state(&town), SmsState::Sent);
}

#[test]
fn without_consent_nothing_leaves() {
    let (town, post) = (Town::new(), Post::new());
    town.publish(visit(1, INGER, &[GARDEN], ""));
    assert_eq!(run(&town, &post), DigestRun::default());
    assert!(post.texts().is_empty());
}

#[test]
fn a_correction_before_the_evening_changes_the_digest() {
    let (town, post) = (a_good_day(), Post::new());
    town.clerk(&post).project().unwrap();
    town.publish(correction(2, 1, INGER, &[WALK]));
    run(&town, &post);
    assert_eq!(post.texts(), ["Hej fra Lillekær Kommune. Inger har været ude at gå en tur i dag."]);
}

#[test]
fn a_correction_that_takes_the_only_news_away_leaves_nothing_to_send() {
    let (town, post) = (a_good_day(), Post::new());
    town.publish(correction(2, 1, INGER, &[]));
    assert_eq!(run(&town, &post), DigestRun::default());
    assert!(post.texts().is_empty());
}

#[test]
fn a_crash_between_claim_and_sending_sends_nothing_twice_and_is_listed() {
    let (mut town, post) = (a_good_day(), Post::new());
    claimed_and_killed(&mut town, &post, false);
    assert_eq!(run(&town, &post), DigestRun { unknown: 1, ..DigestRun::default() });
    assert_eq!(run(&town, &post), DigestRun::default());
    assert!(post.texts().is_empty());
    let jobs = jobs(&town, &post);
    let unknown = jobs.unknown().unwrap();
    assert_eq!((unknown.len(), unknown[0].relative), (1, SOLVEJ));
}

#[test]
fn after_a_crash_the_gateway_is_asked_and_the_message_is_not_sent_again() {
    let (mut town, post) = (a_good_day(), Post::new());
    claimed_and_killed(&mut town, &post, true);
    assert_eq!(run(&town, &post), DigestRun::default());
    assert_eq!(post.texts().len(), 1);
    assert_eq!(state(&town), SmsState::Sent);
}

#[test]
fn only_what_was_certainly_not_taken_is_offered_again() {
    for (outcome, after, offered) in [
        (Outcome::NotNow, SmsState::Sent, 2),
        (Outcome::Unknown, SmsState::Unknown, 1),
        (Outcome::Refused, SmsState::Refused, 1),
        (Outcome::Taken, SmsState::Sent, 1),
    ] {
        let (town, post) = (a_good_day(), Post::new());
        post.say(outcome);
        run(&town, &post);
        post.say(Outcome::Taken);
        run(&town, &post);
        assert_eq!(post.texts().len(), offered, "{outcome:?}");
        assert_eq!(state(&town), after, "{outcome:?}");
    }
}

#[test]
fn digests_leave_by_themselves_at_their_hour() {
    let (town, post) = (a_good_day(), Post::new());
    let mut clerk = town.clerk(&post);
    clerk.tend(town.clock.read().wall).unwrap();
    assert!(post.texts().is_empty(), "it is 18:00");
    town.move_clock(30 * 60);
    clerk.tend(town.clock.read().wall).unwrap();
    assert_eq!(post.texts().len(), 1);
}

#[test]
fn the_hour_strikes_once_a_day_also_for_a_server_that_starts_again() {
    let (mut town, post) = (Town::new(), Post::new());
    town.publish(visit(1, INGER, &[GARDEN], ""));
    town.move_clock(30 * 60);
    town.clerk(&post).tend(town.clock.read().wall).unwrap();
    town.restart();
    town.move_clock(60);
    town.give(1, Topic::Wellbeing, Channel::Sms);
    town.clerk(&post).tend(town.clock.read().wall).unwrap();
    assert!(post.texts().is_empty(), "who is allowed after the hour waits for tomorrow");
}

#[test]
fn the_hour_is_the_municipalitys_to_set() {
    let (town, post) = (a_good_day(), Post::new());
    town.set("digest at", "17:45");
    town.clerk(&post).tend(town.clock.read().wall).unwrap();
    assert_eq!(post.texts().len(), 1);
}

#[test]
fn yesterdays_news_is_not_sent_after_an_outage() {
    let (town, post) = (a_good_day(), Post::new());
    post.say(Outcome::NotNow);
    town.move_clock(30 * 60);
    town.clerk(&post).tend(town.clock.read().wall).unwrap();
    assert_eq!(state(&town), SmsState::Composed);
    post.say(Outcome::Taken);
    town.move_clock(24 * 60 * 60);
    town.clerk(&post).tend(town.clock.read().wall).unwrap();
    assert_eq!(state(&town), SmsState::Withdrawn);
    assert_eq!(post.texts().len(), 1, "only the one that was not taken");
}

fn jobs(town: &Town, post: &Post) -> Jobs {
    let outside = Outside { clock: Box::new(town.clock.clone()), ..Outside::system() };
    let node = Arc::clone(&town.node);
    Jobs::with_gateway(node, town.reader(), Box::new(post.clone()), outside).unwrap()
}

#[test]
fn the_thread_reads_publications_and_sends_without_being_asked() {
    let town = a_good_day();
    town.move_clock(30 * 60);
    let folder = Folder::at(town.dir.path());
    let outside = Outside { clock: Box::new(town.clock.clone()), ..Outside::system() };
    let jobs = Jobs::start(Arc::clone(&town.node), town.reader(), &folder, outside).unwrap();
    let path = town.dir.path().join("sms.log");
    let patience = Instant::now() + Duration::from_secs(20);
    while LogGateway::lines(&path).unwrap().is_empty() && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(50));
    }
    jobs.stop();
    assert_eq!(LogGateway::lines(&path).unwrap().len(), 1);
    assert_eq!(jobs.run_digests(today()).unwrap(), DigestRun::default());
    assert_eq!(jobs.rebuild().unwrap(), []);
    assert_eq!(jobs.messages(today()).unwrap().len(), 1);
    jobs.stop();
}

/// Log lines of one test's thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a clerk says of a good day, of words that cannot be sent, and of a writer that is gone.
fn said_by_a_clerk() -> String {
    let town = a_good_day();
    let gateway = Box::new(LogGateway::at(town.dir.path().join("sms.log")));
    let mut clerk = Clerk::new(Arc::clone(&town.node), town.reader(), gateway);
    let mut said = format!("{:?}", clerk.run_digests(today()).unwrap());
    let relative = town.read(|tx| tx.relative(SOLVEJ).unwrap().unwrap());
    let in_force = town.read(|tx| crate::record::in_force(tx).unwrap());
    let news = town.read(|tx| news(tx, &in_force, &relative, today()).unwrap());
    let sms = town.read(|tx| tx.sms_of(today()).unwrap());
    assert!(matches!(news, News::Message(_)));
    said += &format!("{relative:?} {news:?} {sms:?}");
    town.set("message", "Uden afsender: {nyt}");
    said += &format!("{:?}", clerk.run_digests(today().plus(1)).unwrap());
    town.publish(visit(3, INGER, &[WALK], "Hun græd."));
    town.node.finish();
    let failed = clerk.run_digests(today()).unwrap_err();
    said + &format!("{failed} {failed:?}")
}

#[test]
fn neither_number_nor_name_nor_text_is_in_a_log_line_an_error_or_a_debug_print() {
    let lines = Lines::default();
    let sink = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || sink.clone())
        .finish();
    let said = tracing::subscriber::with_default(subscriber, said_by_a_clerk);
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("cannot be composed") && logged.contains("written to the file"));
    for private in [PHONE, "00000011", "Inger", "Solvej", "haven", "bror", "græd", "Lillekær"] {
        assert!(!said.contains(private), "{private} in {said}");
        assert!(!logged.contains(private), "{private} in {logged}");
    }
}
