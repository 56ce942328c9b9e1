//! The page in a real browser: no error, no request, nothing too wide, both themes.
//!
//! Runs a Chromium without a window if one is in the path, and says so if there is none. The page is put into
//! frames of several widths, with a probe before its own script that writes down what it sees.

mod fixture;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gc_report::PageOptions;
use serde_json::Value;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Widths of a desktop, a tablet, a phone, and a small phone.
const WIDTHS: [u32; 4] = [1400, 820, 390, 320];

/// Runs in the page before everything else.
const PROBE: &str = "
const seen = { errors: [], requests: 0 };
addEventListener('error', (event) => seen.errors.push(String(event.message)));
addEventListener('securitypolicyviolation', (event) => seen.errors.push('forbidden: ' + event.blockedURI));
addEventListener('load', () => {
  const root = document.documentElement;
  const ground = () => getComputedStyle(document.body).backgroundColor;
  const tooWide = () => [...document.querySelectorAll('main *, header *, nav *')]
    .filter((part) => !part.closest('.scroll') && !part.closest('svg') && !part.closest('.unseen'))
    .filter((part) => part.getBoundingClientRect().right > root.clientWidth + 1)
    .map((part) => part.tagName + '.' + part.className).slice(0, 5);
  const shown = (selector) => [...document.querySelectorAll(selector)].filter((part) => part.getClientRects().length > 0);
  seen.width = innerWidth;
  seen.room = root.clientWidth;
  seen.contentWidth = root.scrollWidth;
  seen.tooWide = tooWide();
  seen.plots = shown('.wide > svg, .narrow > svg').length;
  seen.figures = document.querySelectorAll('.wide').length;
  seen.smallestText = Math.min(...shown('figure text').map((text) => {
    const svg = text.ownerSVGElement;
    return parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  }));
  const button = document.getElementById('theme');
  seen.isDark = matchMedia('(prefers-color-scheme: dark)').matches;
  seen.grounds = [ground()];
  for (let i = 0; i < 3; i += 1) { button.click(); seen.grounds.push(ground()); }
  const box = document.querySelector('nav input');
  const part = document.querySelector('figure [data-series=\"' + box.dataset.switch + '\"]');
  seen.dimmed = [getComputedStyle(part).opacity];
  box.click();
  seen.dimmed.push(getComputedStyle(part).opacity);
  box.click();
  document.getElementById('tables').click();
  seen.tables = shown('figure details table').length;
  seen.contentWidthWithTables = root.scrollWidth;
  const plot = shown('svg[data-plot]')[0];
  const place = plot.getBoundingClientRect();
  const over = { clientX: place.left + place.width * 0.4, clientY: place.top + place.height * 0.5 };
  plot.dispatchEvent(new PointerEvent('pointermove', over));
  seen.readout = [...document.querySelectorAll('.readout.shown .row')].map((row) => row.textContent);
  plot.dispatchEvent(new PointerEvent('pointerleave'));
  seen.readoutStays = document.querySelectorAll('.readout.shown').length;
  const focusable = shown('a[href], button, input, summary, [tabindex=\"0\"]');
  focusable[0].focus();
  seen.firstFocus = document.activeElement.className;
  seen.unreachable = focusable.filter((part) => { part.focus(); return document.activeElement !== part; }).length;
  seen.requests = performance.getEntriesByType('resource').length;
  parent.postMessage(seen, '*');
});
";

/// Holds the frames and collects what their probes say.
const COLLECTOR: &str = "
const reports = [];
addEventListener('message', (event) => {
  reports.push(event.data);
  document.getElementById('reports').textContent = JSON.stringify(reports);
});
";

fn find_browser() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let candidates = env::split_paths(&path).flat_map(|folder| NAMES.map(|name| folder.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;")
}

/// The page in a frame of each width.
fn frames(page: &str) -> String {
    let probed = page.replacen("<head>", &format!("<head><script>{PROBE}</script>"), 1);
    let document = escaped(&probed);
    let frame =
        |width: &u32| format!("<iframe width={width} height=900 style='border:0' srcdoc=\"{document}\"></iframe>");
    let frames: String = WIDTHS.iter().map(frame).collect();
    format!("<!doctype html><pre id=reports></pre><script>{COLLECTOR}</script>{frames}")
}

/// What the browser's document looks like once all is loaded.
fn document_after_loading(browser: &Path, page: &str) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("browser-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (html, dom) = (folder.join("frames.html"), folder.join("dom.html"));
    fs::write(&html, page).unwrap();
    let child = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-extensions",
            "--disable-background-networking",
        ])
        .args(["--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=20000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("file://{}", html.display()))
        .stdin(Stdio::null())
        .stdout(fs::File::create(&dom).unwrap())
        .stderr(Stdio::null())
        .spawn();
    wait(&mut child.expect("the browser starts"));
    let document = fs::read_to_string(&dom).unwrap();
    let _ = fs::remove_dir_all(&folder);
    document
}

fn wait(child: &mut Child) {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(120) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the browser does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_browser_shows_the_page_on_every_width_in_both_themes() {
    let Some(browser) = find_browser() else {
        println!("skipped: none of {NAMES:?} is in the path");
        return;
    };
    let page = fixture::results().to_page(&PageOptions::default());
    let document = document_after_loading(&browser, &frames(&page));
    let reports = document.split("<pre id=\"reports\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let reports = reports.expect("the document has a place for reports").replace("&lt;", "<").replace("&gt;", ">");
    let reports: Vec<Value> = serde_json::from_str(&reports.replace("&amp;", "&"))
        .unwrap_or_else(|error| panic!("no report from the page: {error}; {reports:.300}"));
    let mut widths: Vec<u64> = reports.iter().filter_map(|report| report["width"].as_u64()).collect();
    widths.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(widths, WIDTHS.map(u64::from), "each frame reports once");
    reports.iter().for_each(check);
}

fn check(report: &Value) {
    assert_eq!(report["errors"], Value::Array(vec![]), "{report}");
    assert_eq!(report["requests"], 0, "{report}");
    for content in ["contentWidth", "contentWidthWithTables"] {
        assert_eq!(report[content], report["room"], "wider than its window: {report}");
    }
    assert_eq!(report["tooWide"], Value::Array(vec![]), "{report}");
    assert!(
        report["figures"].as_u64() > Some(10) && report["plots"] == report["figures"],
        "one picture each: {report}"
    );
    assert!(report["smallestText"].as_f64() > Some(9.0), "too small to read: {report}");
    let grounds: Vec<&str> = report["grounds"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let [automatic, light, dark, again] = grounds[..] else { panic!("{report}") };
    assert!(light != dark && automatic == again, "{report}");
    assert_eq!(automatic, if report["isDark"] == true { dark } else { light }, "{report}");
    assert_ne!(report["dimmed"][0], report["dimmed"][1], "a switch changes nothing: {report}");
    let readout: Vec<&str> = report["readout"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(
        readout.iter().any(|row| row.starts_with("gc-core") && row.ends_with('s')),
        "no values at the pointer: {report}"
    );
    assert_eq!(report["readoutStays"], 0, "{report}");
    assert!(report["tables"].as_u64() > Some(10), "{report}");
    assert_eq!((&report["firstFocus"], &report["unreachable"]), (&Value::from("skip"), &Value::from(0)), "{report}");
}
