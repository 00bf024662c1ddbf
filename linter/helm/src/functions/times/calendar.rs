//! The proleptic Gregorian calendar.

pub(super) const SECONDS_A_DAY: i64 = 86_400;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    pub(super) day: i64,
}

/// Days of 400 years, after which the calendar repeats.
const DAYS_AN_ERA: i64 = 146_097;

/// From the first of March of year 0, where we count from, to 1970.
const DAYS_TO_1970: i64 = 719_468;

impl Date {
    /// The day so many days after the first of January 1970. Years start in March here, so that the
    /// leap day is the last one.
    pub(super) fn from_days(days: i64) -> Self {
        let days = days + DAYS_TO_1970;
        let (era, day_of_era) = (days.div_euclid(DAYS_AN_ERA), days.rem_euclid(DAYS_AN_ERA));
        let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
        let year_of_era = (day_of_era - leap_days) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month, day }
    }

    /// Days since the first of January 1970.
    pub(super) fn days(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let month_from_march = (self.month + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * DAYS_AN_ERA + day_of_era - DAYS_TO_1970
    }

    /// From 0, which is Sunday.
    pub(super) fn weekday(self) -> i64 {
        // The first of January 1970 was a Thursday.
        (self.days() + 4).rem_euclid(7)
    }

    /// From 1.
    pub(super) fn day_of_year(self) -> i64 {
        self.days() - Date { month: 1, day: 1, ..self }.days() + 1
    }
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn days_in(month: i64, year: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        let table = [
            (0, (1970, 1, 1), 4, 1),
            (-1, (1969, 12, 31), 3, 365),
            (19_675, (2023, 11, 14), 2, 318),
            (11_016, (2000, 2, 29), 2, 60),
            (-719_162, (1, 1, 1), 1, 1),
            (-719_529, (-1, 12, 31), 5, 365),
        ];
        for (days, (year, month, day), weekday, day_of_year) in table {
            let date = Date { year, month, day };
            assert_eq!(Date::from_days(days), date);
            assert_eq!((date.days(), date.weekday()), (days, weekday), "{date:?}");
            assert_eq!(date.day_of_year(), day_of_year, "{date:?}");
        }
    }

    #[test]
    fn every_day_is_found_again() {
        for days in (-800_000..800_000).step_by(97) {
            assert_eq!(Date::from_days(days).days(), days);
        }
    }
}
