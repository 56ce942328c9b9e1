//! Dates and times.

use ::chrono::{
    DateTime, Days, FixedOffset, IsoWeek, Month, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
    Weekday,
};

use crate::object::impls::*;

leaves! {
    NaiveDate; NaiveTime; NaiveDateTime; IsoWeek;
    Month; Weekday;
    TimeDelta; Days; Months;
    Utc; FixedOffset;
}

statics! {
    [Z: TimeZone + 'static] DateTime<Z>;
}
