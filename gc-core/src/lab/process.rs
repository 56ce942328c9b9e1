//! What the system says of this process and of the machine. Linux tells all; elsewhere figures are missing.

use std::fs;

use gc_report::Machine;

/// Processor time of all threads of this process since it started, in nanoseconds.
#[cfg(unix)]
pub(super) fn cpu_ns() -> Option<u64> {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes one `timespec` to a place that holds one.
    let answer = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    (answer == 0).then_some(time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

#[cfg(not(unix))]
pub(super) fn cpu_ns() -> Option<u64> {
    None
}

/// How long this thread was ready to run and did not get a processor, in nanoseconds.
pub(super) fn waited_ns() -> Option<u64> {
    fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').nth(1)?.trim().parse().ok()
}

/// Resident memory now, in bytes, give or take some pages.
pub(super) fn resident_bytes() -> Option<u64> {
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

/// The most memory that was resident since the process started, in bytes.
pub(super) fn peak_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// The machine that this runs on.
pub(super) fn machine() -> Machine {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find(|line| line.starts_with("model name"));
    let processor = model.and_then(|line| line.split_once(':')).map_or("", |(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let system = format!("{} {}", std::env::consts::OS, read("/proc/sys/kernel/osrelease").trim());
    let system = system.trim().to_owned();
    Machine {
        description: format!(
            "{} {cores} cores, {system}",
            if processor.is_empty() { std::env::consts::ARCH } else { processor }
        ),
        processor: processor.to_owned(),
        cores: u32::try_from(cores).ok(),
        memory_bytes: None,
        system,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_tells_every_figure() {
        assert!(cpu_ns().is_some() && waited_ns().is_some());
        assert!(resident_bytes().unwrap() > 0 && peak_bytes().unwrap() >= resident_bytes().unwrap() / 2);
        assert!(machine().description.contains("linux"));
    }
}
