//! The page of made-up results, as text.

mod fixture;

use std::collections::BTreeSet;

use gc_report::{Failure, Goal, Histogram, Occupancy, PageOptions, Pause, Program, Results, Round, Sample, Series};

fn page(results: &Results) -> String {
    results.to_page(&PageOptions::default())
}

fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

/// The values of all attributes of that name.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    page.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn the_page_has_a_place_for_everything_measured() {
    let page = page(&fixture::results());
    for heading in [
        "Overview",
        "Goals: 3 of 5 met",
        "message-ring",
        "Time and processor time",
        "Pauses",
        "Latency, open loop",
        "Minimum mutator utilisation",
        "Overhead in time, by heap size",
        "Overhead in processor time, by heap size",
        "Share of the time in pauses, by heap size",
        "What pauses are spent on",
        "Memory over time",
        "Blocks before and after compaction",
        "Calibration",
        "What the machine adds",
    ] {
        assert!(page.contains(&format!(">{heading}</h")), "no heading {heading:?}");
    }
    for failure in ["gave up after 60 s", "has overflowed its stack", "limit of 300 MiB reached", "wrong checksum"] {
        assert!(page.contains(failure), "nothing says {failure:?}");
    }
}

#[test]
fn the_share_of_the_collector_is_told_for_a_heap_chosen_by_what_is_alive() {
    let in_heap = |limit: u64| {
        let pauses = Histogram::of_values([30, 20]);
        let series = Series {
            collector: "a".into(),
            heap_factor: Some(2.25),
            heap_limit_bytes: Some(limit << 20),
            live_bytes: Some(2 << 20),
            live_factor: Some(3.0),
            rounds: vec![Round { wall_ns: 1000, pauses, ..Round::default() }],
            ..Series::default()
        };
        let program = Program { name: "scheme".into(), series: vec![series], ..Program::default() };
        page(&Results { programs: vec![program], ..Results::default() }).replace('\u{a0}', " ")
    };
    assert!(
        in_heap(6)
            .contains("At most 2.00 MiB is alive; in 3 times that, 6.00 MiB, a spends 5.00 % of the time in pauses.")
    );
    let tight = in_heap(9);
    assert!(tight.contains("3 times that is less than the program needs. In the smallest heap, 9.00 MiB, a spends"));
}

#[test]
fn what_was_not_measured_is_not_on_the_page() {
    let bare = page(&Results::of_one_run("mine", "gc-core", Round { wall_ns: 5_000, ..Round::default() }));
    assert!(bare.contains(">mine</h2>") && bare.contains("5.00\u{a0}µs"));
    for heading in [
        "Overview",
        "Time and processor time",
        ">Pauses",
        "Memory over time",
        "Calibration",
        "by heap size",
        "utilisation</h3>",
    ] {
        assert!(!bare.contains(heading), "{heading} of nothing");
    }
    let empty = page(&Results::default());
    assert!(empty.contains("</html>") && count(&empty, "<figure") == 0);
}

#[test]
fn a_program_that_only_failed_says_so() {
    let error = Some(Failure { message: "signal: 11".into(), ..Failure::default() });
    let series = vec![Series { collector: "a".into(), error, ..Series::default() }];
    let program = Program { name: "crashes".into(), series, ..Program::default() };
    let page = page(&Results { programs: vec![program], ..Results::default() });
    assert!(page.contains("signal: 11") && count(&page, "<figure") == 0);
}

#[test]
fn no_number_is_too_large_or_too_small_for_the_page() {
    for extreme in [0, 1, u64::MAX] {
        let pauses = Histogram::of_buckets([(extreme, u64::MAX), (extreme / 2, 1), (0, u64::MAX)]);
        let sample = |at_ns| Sample { at_ns, heap_bytes: Some(extreme), resident_bytes: Some(0) };
        let pause = Pause { phases: vec![("mark".into(), extreme)], ..Pause::new(extreme, extreme) };
        let round = Round {
            wall_ns: extreme,
            cpu_ns: Some(extreme),
            waited_ns: Some(extreme),
            operations: extreme,
            open_loop: pauses.clone(),
            stalls: Histogram::of_values([extreme]),
            pauses,
            pause_list: vec![pause.clone(), pause],
            timeline: vec![sample(0), sample(extreme)],
            peak_bytes: Some(extreme),
            figures: [("figure".to_owned(), f64::MAX), ("nothing".to_owned(), f64::NAN)].into(),
            occupancy: Some(Occupancy { block_bytes: extreme, before: vec![2.0, -1.0, f32::NAN], after: vec![] }),
            ..Round::default()
        };
        let mut results = Results::of_one_run("extreme", "a", round.clone());
        let series = |heap_factor| {
            let rounds = vec![round.clone(), Round::default()];
            Series { collector: "b".into(), heap_factor: Some(heap_factor), rounds, ..Series::default() }
        };
        results.programs[0].series.extend([0.0, -3.0, 1e300].map(series));
        results.goals.push(Goal { measured: Some(extreme as f64), ..Goal::default() });
        let page = page(&results);
        assert_nested(&page);
        assert!(!page.contains("NaN") && !page.contains("inf"), "of {extreme}");
        assert!(results.to_perfetto()["traceEvents"].is_array());
    }
}

#[test]
fn every_picture_has_a_description_and_its_numbers() {
    let page = page(&fixture::results());
    let ids: Vec<&str> = attributes(&page, "id");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id occurs twice");
    let described = attributes(&page, "aria-labelledby");
    for id in described.iter().flat_map(|ids| ids.split(' ')) {
        assert!(ids.contains(&id), "{id} is nowhere");
    }
    let (pictures, decoration) = (count(&page, "role=\"img\""), count(&page, "aria-hidden=\"true\""));
    assert_eq!(pictures + decoration, count(&page, "<svg"));
    assert_eq!(pictures, count(&page, "<desc"));
    for figure in page.split("<figure").skip(1) {
        let figure = figure.split("</figure>").next().unwrap();
        assert!(
            figure.contains("<summary>Numbers</summary>") && figure.contains("<tbody><tr") && figure.contains("<td"),
            "{figure:.200}"
        );
    }
}

#[test]
fn the_page_asks_for_nothing() {
    let page = page(&fixture::results());
    for address in ["http:", "https:", "\"//", "'//", "url(", "@import", " src=", "<link", "<iframe", "javascript:"] {
        assert!(!page.contains(address), "{address} in the page");
    }
    assert!(attributes(&page, "href").iter().all(|target| target.starts_with('#')));
    assert!(page.contains("default-src &#39;none&#39;"));
}

#[test]
fn no_text_of_the_results_is_markup() {
    let hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&";
    let text = || hostile.to_owned();
    let mut results = fixture::results();
    results.title = text();
    results.date = text();
    results.machine.description = text();
    results.machine.processor = text();
    results.options.insert(text(), text());
    results.versions.insert(text(), text());
    results.goals.push(Goal { program: text(), what: text(), ..Goal::default() });
    for program in &mut results.programs {
        (program.name, program.description, program.operation) = (text(), text(), text());
        for series in &mut program.series {
            series.collector += hostile;
            series.allocator += hostile;
            series.error.iter_mut().for_each(|error| error.message = text());
            for round in &mut series.rounds {
                round.figures.insert(text(), 1.0);
                round.pause_list.iter_mut().for_each(|pause| pause.cause = text());
            }
        }
    }
    let page = page(&results);
    assert_eq!((count(&page, "<script"), count(&page, "<img"), count(&page, "onerror=alert(2)>")), (1, 0, 0));
    assert_nested(&page);
}

#[test]
fn every_element_ends_where_it_should() {
    assert_nested(&page(&fixture::results()));
}

/// Every start has its end, in order.
fn assert_nested(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    // Styles and scripts are the page's own, and hold no end of themselves.
    for (place, _) in page.match_indices('<') {
        let rest = &page[place + 1..];
        let name = rest.split([' ', '>', '/']).find(|part| !part.is_empty()).unwrap_or_default();
        let inside = open.last().copied().unwrap_or_default();
        if matches!(inside, "style" | "script") && !rest.starts_with(&format!("/{inside}>")) {
            continue;
        }
        match rest.as_bytes().first() {
            Some(b'!') => {}
            Some(b'/') => assert_eq!(open.pop(), Some(name), "at {:.80}", &page[place..]),
            _ if matches!(name, "meta" | "br" | "input" | "hr") => {}
            _ => open.push(name),
        }
    }
    assert_eq!(open, [""; 0]);
}

#[test]
fn the_same_results_make_the_same_page() {
    assert_eq!(page(&fixture::results()), page(&fixture::results()));
}

#[test]
fn ratios_are_to_the_reference_that_was_asked_for() {
    let options = PageOptions { reference: Some("bumpalo".into()) };
    let page = fixture::results().to_page(&options);
    assert!(page.contains("Ratios are to bumpalo."));
}

#[test]
fn text_and_curves_stand_out_from_the_ground_in_both_themes() {
    let page = page(&Results::default());
    let themes: Vec<&str> = page.match_indices("--ground:").map(|(place, _)| &page[place..]).collect();
    assert_eq!(themes.len(), 3);
    for theme in themes {
        let theme = theme.split('}').next().unwrap();
        let colour = |name: &str| {
            let value = theme.split(&format!("--{name}: #")).nth(1).unwrap_or_else(|| panic!("no colour {name}"));
            u32::from_str_radix(&value[..6], 16).unwrap()
        };
        let contrast = |a: u32, b: u32| {
            let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
            a.max(b) / a.min(b)
        };
        for text in ["text", "soft", "accent", "good", "bad"] {
            let found = contrast(colour(text), colour("ground"));
            assert!(found >= 4.5, "{text}: {found:.2}");
        }
        assert!(contrast(colour("text"), colour("notice")) >= 4.5);
        for curve in 0..8 {
            let found = contrast(colour(&format!("c{curve}")), colour("ground"));
            assert!(found >= 4.5, "curve {curve}: {found:.2}");
        }
    }
}

/// Relative luminance, after the Web Content Accessibility Guidelines 2.1.
fn luminance(rgb: u32) -> f64 {
    let channel = |shift: u32| {
        let value = f64::from((rgb >> shift) & 255) / 255.0;
        if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
}
