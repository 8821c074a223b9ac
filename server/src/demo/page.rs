//! A plain status page of the day that was played: one page, no script, nothing fetched.

use maud::{DOCTYPE, Markup, html};

use super::report::{Report, kilobytes, milliseconds};
use super::town::{MUNICIPALITY, TEAM};

/// Big letters, wide lines, light and dark; nothing is told by colour alone.
const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1a1a1a; --ground: #fdfcf9; --line: #b9b4a7; --soft: #f1eee5; --mark: #0b5a3c }
@media (prefers-color-scheme: dark) { :root { --ink: #efece4; --ground: #171715; --line: #57534a; --soft: #24231f; --mark: #7fd1ab } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem; max-width: 70rem; font: 1.06rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground) }
h1 { font-size: 1.7rem; margin: 0 } h2 { font-size: 1.25rem; margin: 2.4rem 0 .6rem; border-top: 2px solid var(--line); padding-top: 1rem }
p { margin: .4rem 0; max-width: 46rem }
.verdict { font-size: 1.2rem; padding: .8rem 1rem; border: 2px solid var(--mark); border-radius: .4rem; margin: 1.2rem 0; max-width: none }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .45rem .6rem; border-bottom: 1px solid var(--line) }
th { font-weight: 600 } thead th { vertical-align: bottom } tbody th, tbody td { white-space: nowrap } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
.card { background: var(--soft); border: 1px solid var(--line); border-radius: .4rem; padding: .7rem 1rem; margin: .7rem 0; max-width: 46rem }
.card h3 { margin: 0 0 .3rem; font-size: 1.06rem } dl { margin: 0; display: grid; grid-template-columns: 11rem 1fr; gap: .3rem 1rem } dt { font-weight: 600 } dd { margin: 0 }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr } dd { margin: 0 0 .5rem } }
blockquote { margin: .4rem 0; padding-left: .8rem; border-left: 3px solid var(--line) }
footer { margin-top: 3rem; font-size: .95rem }
";

/// The page.
#[must_use]
pub fn page(report: &Report) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Døgnrytme: a day in " (MUNICIPALITY) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "A day in " span lang="da" { (MUNICIPALITY) } }
                    p {
                        span lang="da" { (TEAM) } ", " (report.day.to_string()) ": "
                        (report.tablets.len()) " tablets, " (report.citizens)
                        " citizens. Everybody here is invented (seed " (report.seed) ")."
                    }
                }
                main {
                    (verdict(report))
                    (tablets(report))
                    (conflicts(report))
                    (handovers(report))
                    (digests(report))
                }
                footer {
                    p { "The tablets worked without a line, with encrypted stores and signed changes, "
                        "and came online over HTTPS. Ctrl-C in the terminal ends this page." }
                }
            }
        }
    }
}

fn verdict(report: &Report) -> Markup {
    let visits: usize = report.tablets.iter().map(|line| line.visits).sum();
    html! {
        @if report.is_good() {
            p.verdict {
                "Nothing was lost: " (visits) " visits and " (report.notes)
                " notes stand on every tablet."
                @if let Some(storm) = report.storm { " All were equal after " (milliseconds(storm)) "." }
            }
        } @else {
            div.verdict role="alert" {
                p { strong { "Something is wrong" } }
                ul { @for wrong in &report.wrong { li { (wrong) } } }
            }
        }
    }
}

fn tablets(report: &Report) -> Markup {
    html! {
        section {
            h2 { "The tablets" }
            p { "From coming online to holding the same as all the others. Requests that only wait for "
                "news are counted apart." }
            div.wide {
                table {
                    thead { tr {
                        th scope="col" { "Carer" } th scope="col" { "Role" }
                        th.n scope="col" { "Visits" } th.n scope="col" { "Not as agreed" }
                        th.n scope="col" { "Plan edits" } th.n scope="col" { "Requests" }
                        th.n scope="col" { "Waiting" } th.n scope="col" { "KB up" }
                        th.n scope="col" { "KB down" } th.n scope="col" { "Equal after" }
                    } }
                    tbody {
                        @for line in &report.tablets {
                            tr {
                                th scope="row" lang="da" { (line.carer) }
                                td { (line.role) @if line.late { ", came late" } }
                                td.n { (line.visits) } td.n { (line.deviations) } td.n { (line.edits) }
                                td.n { (line.requests) } td.n { (line.waiting) }
                                td.n { (kilobytes(line.up)) } td.n { (kilobytes(line.down)) }
                                td.n { (line.equal_after.map_or_else(|| "never".to_owned(), milliseconds)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn conflicts(report: &Report) -> Markup {
    html! {
        section {
            h2 { "In conflict" }
            p { "Two carers edited one field without seeing each other. Both values are kept; a person "
                "will choose." }
            @if report.conflicts.is_empty() { p { "Nothing is in conflict." } }
            @for line in &report.conflicts {
                div.card {
                    h3 lang="da" { (line.citizen) ": " (line.entry) }
                    dl lang="da" {
                        @for (value, author) in &line.values { dt { (author) } dd { (value) } }
                    }
                }
            }
        }
    }
}

fn handovers(report: &Report) -> Markup {
    html! {
        section {
            h2 { "Handed over" }
            @if report.handovers.is_empty() { p { "Nothing was handed over." } }
            @for line in &report.handovers {
                div.card {
                    h3 { span lang="da" { (line.citizen) } }
                    p { span lang="da" { (line.from) } " to the " (line.to) ":" }
                    blockquote lang="da" { (line.text) }
                    p {
                        @if line.taken_by.is_empty() { "Still open." }
                        @else { "Taken by " span lang="da" { (line.taken_by.join(", ")) } "." }
                    }
                    @for answer in &line.answers { blockquote lang="da" { (answer) } }
                }
            }
        }
    }
}

fn digests(report: &Report) -> Markup {
    html! {
        section {
            h2 { "Told to relatives" }
            p { "As the messages left through the outbox, once for each relative who has the citizen's "
                "consent. Only approved phrases leave; nothing about health does." }
            @for line in &report.digests {
                div.card {
                    h3 lang="da" { (line.to) }
                    blockquote lang="da" { (line.text) }
                }
            }
            @for (count, why) in &report.silent { p { (count) " got nothing: " (why) "." } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::example::example;
    use super::*;

    #[test]
    fn the_page_shows_the_day_and_escapes_what_people_wrote() {
        let mut report = example();
        report.conflicts.iter_mut().for_each(|line| line.entry = "<b>Brænde</b>".to_owned());
        let page = page(&report).into_string();
        assert!(page.contains("&lt;b&gt;Brænde&lt;/b&gt;") && !page.contains("<b>Brænde"));
        for words in
            ["Opdigtet Hjælper", "Karla har været i haven", "came late", "Nothing was lost"]
        {
            assert!(page.contains(words), "{words}");
        }
        assert!(!page.contains("<script") && !page.contains("http://"));
        assert!(!page.contains("+4500000011"), "numbers stay off the page");
    }

    #[test]
    fn the_page_says_what_went_wrong() {
        let mut report = example();
        report.wrong.push("a note is missing".to_owned());
        let page = page(&report).into_string();
        assert!(page.contains("a note is missing") && !page.contains("Nothing was lost"));
    }
}
