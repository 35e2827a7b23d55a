//! Work on all cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::Result;

/// What `work` makes of every item, in the order of the items. `start` makes what each thread keeps for itself.
///
/// # Errors
/// The first error of `work`, or that it panicked.
pub fn map<I: Sync, S, O: Send>(
    items: &[I],
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &I) -> Result<O> + Sync,
) -> Result<Vec<O>> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    thread::scope(|scope| {
        let run = || -> Result<()> {
            let mut state = start();
            loop {
                let position = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(position) else { return Ok(()) };
                let output = work(&mut state, item)?;
                done.lock().map_err(|_| "another thread panicked")?.push((position, output));
            }
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })?;
    let mut done = done.into_inner().map_err(|_| "a thread panicked")?;
    done.sort_by_key(|(position, _)| *position);
    Ok(done.into_iter().map(|(_, output)| output).collect())
}
