//! Who points into blocks that are to be emptied: A4.

use std::collections::HashSet;

use super::super::Stage;
use super::super::walk::{Fields, each_coloured};
use super::View;
use crate::object::Object;
use crate::object::recorder::Recorder;

impl View<'_> {
    /// Checks that a compaction in slices knows whom to update.
    ///
    /// That is so when nothing is new or written, and no mark or sweep is under way.
    pub(super) fn check_referrers(self) {
        let collector = self.collector;
        let is_quiet = collector.remembered.len() == 0
            && collector.space.current().is_empty()
            && collector.space.young_large_list().is_empty()
            && !collector.young.is_unfinished();
        if !collector.gradual.is_on() || self.stage() != Stage::Idle || !is_quiet {
            return;
        }
        let recorders: Vec<&Recorder> = [&collector.marker.tracer.recorder, &collector.young.tracer.recorder]
            .into_iter()
            .filter_map(|recorder| recorder.as_deref())
            .collect();
        let known: Vec<(usize, HashSet<Object>)> = collector
            .gradual
            .candidates()
            .filter(|&(piece, _)| recorders.iter().all(|recorder| !recorder.referrers(piece).given_up))
            .map(|(piece, _)| {
                let lists = recorders.iter().flat_map(|recorder| &recorder.referrers(piece).list);
                (piece, lists.map(|referrer| referrer.now()).collect())
            })
            .collect();
        let mut fields = Fields::new();
        each_coloured(&collector.space, |object, _| {
            if object.info().is_leaf() {
                return;
            }
            // SAFETY: the object has a colour, so it is whole and has not been destroyed; this is a
            // safepoint.
            unsafe { fields.read(object) };
            for &target in fields.strong.iter().chain(&fields.weak) {
                let piece = recorders[0].piece_of(target);
                let unknown = known.iter().any(|(number, owners)| Some(*number) == piece && !owners.contains(&object));
                if unknown {
                    self.fail_at("A4", object, "it points into a block that is to be emptied, and is on no list");
                }
            }
        });
    }
}
