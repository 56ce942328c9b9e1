//! What the machine says: of this process (memory, time on a processor) and of itself.
//!
//! Linux's `/proc` is read; elsewhere the figures are absent and the table shows a dash.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gc_report::Machine;

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

/// Resident memory of this process now, in bytes, give or take a few pages: a tenth of the cost.
pub(crate) fn resident_bytes_roughly() -> Option<u64> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * page_bytes())
}

#[cfg(unix)]
fn page_bytes() -> u64 {
    // SAFETY: the call takes no pointer.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

#[cfg(not(unix))]
fn page_bytes() -> u64 {
    4096
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

/// Asks for huge pages behind memory that has not been touched. On Linux only; elsewhere nothing happens.
pub(crate) fn prefer_huge_pages(memory: &mut [std::mem::MaybeUninit<u8>]) {
    #[cfg(target_os = "linux")]
    {
        let page = page_bytes() as usize;
        let skip = memory.as_ptr().align_offset(page).min(memory.len());
        let whole = &mut memory[skip..];
        let bytes = whole.len() / page * page;
        // SAFETY: the advice changes how these pages are backed, not what they hold.
        unsafe { libc::madvise(whole.as_mut_ptr().cast(), bytes, libc::MADV_HUGEPAGE) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = memory;
}

/// What this machine is: absolute figures mean nothing without it.
pub(crate) fn describe() -> Machine {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find(|line| line.starts_with("model name"));
    let processor = model.and_then(|line| line.split_once(':')).map_or("unknown processor", |(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory_kib = field_kib(&read("/proc/meminfo"), "MemTotal");
    let system = format!("{} {}", std::env::consts::OS, read("/proc/sys/kernel/osrelease").trim());
    let huge_pages = read("/sys/kernel/mm/transparent_hugepage/enabled");
    let huge_pages = huge_pages.split(['[', ']']).nth(1).unwrap_or("unknown");
    let load = read("/proc/loadavg");
    let description = format!(
        "{processor}, {cores} cores, {} GiB, {system}, transparent huge pages: {huge_pages}, load {}",
        (memory_kib.unwrap_or(0) + (1 << 19)) >> 20,
        load.split(' ').next().filter(|l| !l.is_empty()).unwrap_or("unknown"),
    );
    Machine {
        description,
        processor: processor.to_owned(),
        cores: u32::try_from(cores).ok(),
        memory_bytes: memory_kib.map(|kib| kib * 1024),
        system,
    }
}

/// The date and time in UTC, as `2026-11-24T11:20:00Z`.
pub(crate) fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    date_of(since)
}

/// Days to dates as H. Hinnant does (*chrono-Compatible Low-Level Date Algorithms*, 2013).
fn date_of(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
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
        let (exact, roughly) = (resident_bytes().unwrap(), resident_bytes_roughly().unwrap());
        assert!(exact.abs_diff(roughly) < 4 << 20, "{exact} and {roughly}");
    }

    #[test]
    fn seconds_become_dates() {
        assert_eq!(date_of(0), "1970-01-01T00:00:00Z");
        assert_eq!(date_of(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(date_of(1_795_518_000), "2026-11-24T11:00:00Z");
        assert_eq!(date_of(1_798_761_599), "2026-12-31T23:59:59Z");
    }
}
