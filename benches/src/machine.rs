//! What the machine says: of this process (memory, time on a processor) and of itself.
//!
//! Linux's `/proc` is read; elsewhere the figures are absent and the table shows a dash.

use std::fs;
use std::time::Duration;

/// A figure in KiB from `/proc/self/status`, such as `VmHWM` (peak resident set) or `VmRSS`.
fn status_kib(name: &str) -> Option<u64> {
    field_kib(&fs::read_to_string("/proc/self/status").ok()?, name)
}

fn field_kib(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Peak resident memory of this process since it started, in bytes.
pub(crate) fn peak_resident_bytes() -> Option<u64> {
    status_kib("VmHWM").map(|kib| kib * 1024)
}

/// Resident memory of this process now, in bytes.
pub(crate) fn resident_bytes() -> Option<u64> {
    // `VmRSS` in `status` is summed lazily from per-thread counters and can lag by 64 pages a
    // thread; `smaps_rollup` walks the page tables and is exact.
    let exact = fs::read_to_string("/proc/self/smaps_rollup").ok();
    exact.and_then(|rollup| field_kib(&rollup, "Rss")).or_else(|| status_kib("VmRSS")).map(|kib| kib * 1024)
}

/// How long the calling thread was ready to run and did not get a processor, since it started. On a
/// quiet machine this stays near zero; what it grows by during a measurement is noise in it.
pub(crate) fn waited_for_processor() -> Option<Duration> {
    let schedstat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    schedstat.split(' ').nth(1)?.trim().parse().ok().map(Duration::from_nanos)
}

/// Processor time of all threads of this process since it started.
#[cfg(unix)]
pub(crate) fn processor_time() -> Option<Duration> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes one `timespec` to a place that holds one.
    let answer = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    (answer == 0).then(|| Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
}

/// Processor time of all threads of this process since it started.
#[cfg(not(unix))]
pub(crate) fn processor_time() -> Option<Duration> {
    None
}

/// Has this process end when its parent does, so that a measurement that hangs does not outlive the
/// laboratory. On Linux only; elsewhere nothing happens.
pub(crate) fn end_with_parent() {
    #[cfg(target_os = "linux")]
    // SAFETY: the call asks the kernel for a signal, and takes no pointer.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
    }
}

/// One line for the head of the table: absolute figures mean nothing without it.
pub(crate) fn description() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let first = |text: &str, name: &str| {
        let line = text.lines().find(|l| l.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let processor = first(&read("/proc/cpuinfo"), "model name");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = field_kib(&read("/proc/meminfo"), "MemTotal").unwrap_or(0);
    let kernel = read("/proc/sys/kernel/osrelease");
    let huge_pages = read("/sys/kernel/mm/transparent_hugepage/enabled");
    let huge_pages = huge_pages.split(['[', ']']).nth(1).unwrap_or("unknown");
    let load = read("/proc/loadavg");
    format!(
        "{}, {cores} cores, {} GiB, {} {}, transparent huge pages: {huge_pages}, load {}",
        processor.as_deref().unwrap_or("unknown processor"),
        (memory + (1 << 19)) >> 20,
        std::env::consts::OS,
        kernel.trim(),
        load.split(' ').next().filter(|l| !l.is_empty()).unwrap_or("unknown"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_status_is_read_in_kib() {
        let status = "Name:\tlab\nVmHWM:\t    2260 kB\nVmRSS:\t 17 kB\n";
        assert_eq!(field_kib(status, "VmHWM"), Some(2260));
        assert_eq!(field_kib(status, "VmRSS"), Some(17));
        assert_eq!(field_kib(status, "VmH"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_tells_every_figure() {
        assert!(peak_resident_bytes().is_some());
        assert!(resident_bytes().is_some());
        assert!(processor_time().is_some());
    }
}
