use super::*;
use crate::schema::{Failure, FailureKind, Histogram};

fn round(wall_ns: u64) -> Round {
    Round { wall_ns, checksum: 7, ..Round::default() }
}

fn series(collector: &str, walls: &[u64]) -> Series {
    Series { collector: collector.into(), rounds: walls.iter().map(|&wall| round(wall)).collect(), ..Series::default() }
}

fn results(series: Vec<Series>) -> Results {
    let program = Program { name: "ring".into(), series, ..Program::default() };
    Results { programs: vec![program], ..Results::default() }
}

fn verdicts(before: Vec<Series>, after: Vec<Series>, options: &CompareOptions) -> Vec<Verdict> {
    compare(&results(before), &results(after), options).rows.iter().map(|row| row.verdict).collect()
}

fn of_walls(before: &[u64], after: &[u64]) -> Verdict {
    verdicts(vec![series("a", before)], vec![series("a", after)], &CompareOptions::default())[0]
}

#[test]
fn a_change_beyond_noise_is_better_or_worse() {
    assert_eq!(of_walls(&[100, 101, 102, 103, 104], &[120, 121, 122, 123, 124]), Verdict::Worse);
    assert_eq!(of_walls(&[120, 121, 122, 123, 124], &[100, 101, 102, 103, 104]), Verdict::Better);
}

#[test]
fn a_small_change_is_the_same_however_sure() {
    assert_eq!(of_walls(&[1000, 1001, 1002, 1003, 1004], &[1010, 1011, 1012, 1013, 1014]), Verdict::Same);
}

#[test]
fn rounds_that_lie_far_apart_are_noise() {
    assert_eq!(of_walls(&[100, 200, 150, 120, 180], &[110, 210, 170, 130, 190]), Verdict::Same);
}

#[test]
fn few_rounds_make_a_change_unclear_not_worse() {
    assert_eq!(of_walls(&[100], &[150]), Verdict::Unclear);
    assert_eq!(of_walls(&[100, 101, 102], &[150, 151, 152]), Verdict::Unclear);
    let nearly_apart = of_walls(&[100, 101, 102, 103, 131], &[130, 140, 141, 142, 143]);
    assert_eq!(nearly_apart, Verdict::Unclear);
}

#[test]
fn a_baseline_takes_out_what_the_machine_did() {
    let before = || vec![series("a", &[100, 101, 102, 103, 104]), series("arena", &[50, 50, 50, 50, 50])];
    let after = || vec![series("a", &[130, 131, 132, 133, 134]), series("arena", &[65, 65, 65, 65, 65])];
    let without = CompareOptions::default();
    assert_eq!(verdicts(before(), after(), &without), [Verdict::Worse, Verdict::Worse]);
    let with = CompareOptions { baseline: Some("arena".into()), ..without };
    assert_eq!(verdicts(before(), after(), &with), [Verdict::Same, Verdict::Same]);
}

#[test]
fn a_failure_that_is_new_is_a_regression() {
    let fine = || vec![series("a", &[100])];
    let failed = || {
        let error = Some(Failure { kind: FailureKind::Crash, message: "signal: 11".into() });
        vec![Series { error, ..series("a", &[]) }]
    };
    let options = CompareOptions::default();
    let comparison = compare(&results(fine()), &results(failed()), &options);
    assert_eq!((comparison.verdict(), comparison.exit_code()), (Verdict::Fails, 1));
    assert_eq!(comparison.rows[0].message, "crash: signal: 11");
    let comparison = compare(&results(failed()), &results(fine()), &options);
    assert_eq!((comparison.verdict(), comparison.exit_code()), (Verdict::Runs, 0));
    assert_eq!(verdicts(failed(), failed(), &options), []);
}

#[test]
fn what_computes_something_else_is_not_compared() {
    let other = Series { rounds: vec![Round { checksum: 8, ..round(500) }], ..series("a", &[]) };
    let found = verdicts(vec![series("a", &[100])], vec![other], &CompareOptions::default());
    assert_eq!(found, [Verdict::Incomparable]);
}

#[test]
fn what_only_one_file_has_is_new_or_gone() {
    let found = verdicts(vec![series("a", &[100])], vec![series("b", &[100])], &CompareOptions::default());
    assert_eq!(found, [Verdict::Gone, Verdict::New]);
    let comparison = compare(&results(vec![]), &Results::default(), &CompareOptions::default());
    assert_eq!((comparison.rows[0].verdict, comparison.exit_code()), (Verdict::Gone, 0));
}

#[test]
fn series_are_told_apart_by_their_heap_size() {
    let at = |factor: f64, wall: u64| Series { heap_factor: Some(factor), ..series("a", &[wall; 5]) };
    let found = verdicts(vec![at(1.5, 100), at(2.0, 90)], vec![at(2.0, 90), at(1.5, 200)], &CompareOptions::default());
    assert_eq!(found, [Verdict::Worse, Verdict::Same]);
}

#[test]
fn a_size_chosen_by_what_is_alive_is_the_same_though_its_factor_differs() {
    let at = |factor: f64, wall: u64| Series {
        heap_factor: Some(factor),
        live_factor: Some(3.0),
        ..series("a", &[wall; 5])
    };
    let found = verdicts(vec![at(2.31, 100)], vec![at(2.28, 200)], &CompareOptions::default());
    assert_eq!(found, [Verdict::Worse]);
}

#[test]
fn every_figure_that_both_sides_tell_is_compared() {
    let with_pauses = |longest: u64| {
        let round = Round { pauses: Histogram::of_values([10, longest]), ..round(100) };
        Series { rounds: vec![round; 5], ..series("a", &[]) }
    };
    let comparison =
        compare(&results(vec![with_pauses(50)]), &results(vec![with_pauses(80)]), &CompareOptions::default());
    let found: Vec<_> = comparison.rows.iter().map(|row| (row.metric.unwrap(), row.verdict)).collect();
    let expected =
        [(Metric::Wall, Verdict::Same), (Metric::PauseP99, Verdict::Worse), (Metric::LongestPause, Verdict::Worse)];
    assert_eq!(found, expected);
}

#[test]
fn another_machine_or_another_option_is_noted() {
    let mut after = results(vec![]);
    after.machine.description = "another".into();
    after.options.insert("size".into(), "full".into());
    let notes = compare(&results(vec![]), &after, &CompareOptions::default()).notes.join("\n");
    assert!(notes.contains("the machines differ") && notes.contains("option size"), "{notes}");
}

#[test]
fn the_text_names_what_changed_and_counts_what_did_not() {
    let before = vec![series("a", &[100, 101, 102, 103, 104]), series("b", &[50; 5])];
    let after = vec![series("a", &[150, 151, 152, 153, 154]), series("b", &[50; 5])];
    let text =
        compare(&results(before), &results(after), &CompareOptions::default()).to_string().replace('\u{a0}', " ");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "WORSE  ring  a  time  102 ns → 152 ns  +49.0 % (p = 0.008)");
    assert_eq!(lines[1], "1 of 2 figures are the same within noise: WORSE");
    assert!(lines[2].starts_with("note: no baseline"));
}
