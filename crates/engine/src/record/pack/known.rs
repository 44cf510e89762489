//! What only the operator can know. Asked, filled in or left out; never guessed.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use crate::error::{Code, Error, Result};
use crate::model::{PackKind, Shown, wire_enum};
use crate::record::when;

/// Longest value, in characters: what the official form takes.
pub const LONGEST: usize = 3_000;

wire_enum!(
    /// One thing that only the operator knows.
    KnownField {
        /// Given name of who reports.
        ReporterFirstName = "reporter_first_name",
        /// Family name of who reports.
        ReporterLastName = "reporter_last_name",
        /// Mail address of who reports.
        ReporterEmail = "reporter_email",
        /// Telephone of who reports.
        ReporterPhone = "reporter_phone",
        /// Company, if any.
        Company = "company",
        /// Address of the terms of the site.
        TermsUrl = "terms_url",
        /// The page where it could be seen.
        PageUrl = "page_url",
        /// When it was seen there.
        SeenAt = "seen_at",
        /// Country where the site is hosted.
        HostingCountry = "hosting_country",
        /// Whether it is still there.
        StillThere = "still_there",
        /// Why it is urgent.
        UrgentReason = "urgent_reason",
        /// Incident type of the official form, by its number 1 to 8.
        IncidentType = "incident_type",
        /// Account id of the uploader.
        AccountId = "account_id",
        /// Name under which the uploader signs in.
        ScreenName = "screen_name",
        /// Name that is shown.
        DisplayName = "display_name",
        /// Address of the uploader's profile.
        ProfileUrl = "profile_url",
        /// Mail address of the account.
        AccountEmail = "account_email",
        /// What the messages around it say.
        Messages = "messages",
        /// Other accounts that belong to it.
        OtherAccounts = "other_accounts",
        /// Documents of identity, if any are held.
        IdentityDocuments = "identity_documents",
        /// To whom it was reported already, and under which number.
        AlreadyReported = "already_reported",
        /// Anything else that is known.
        OtherFacts = "other_facts",
        /// The ground of the removal: a law, or a clause of the terms.
        Ground = "ground",
        /// Why that ground holds.
        GroundWhy = "ground_why",
        /// Where to complain.
        ComplainTo = "complain_to",
        /// Until when.
        ComplainBy = "complain_by",
        /// Out-of-court settlement, where it applies.
        OutOfCourt = "out_of_court",
        /// Who gave notice, where the uploader strictly has to know.
        Notifier = "notifier",
    }
);

/// The eight incident types of the official form.
pub const INCIDENT_TYPES: [&str; 8] = [
    "Child Pornography (possession, manufacture, and distribution)",
    "Child Sex Trafficking",
    "Child Sex Tourism",
    "Child Sexual Molestation",
    "Misleading Domain Name",
    "Misleading Words or Digital Images on the Internet",
    "Online Enticement of Children for Sexual Acts",
    "Unsolicited Obscene Material Sent to a Child",
];
/// Words of the official form for what an address was seen at.
const IP_EVENTS: [&str; 6] = ["Login", "Registration", "Purchase", "Upload", "Other", "Unknown"];

/// What is asked for a pack of this kind, in the order of its form.
pub fn asked(kind: PackKind) -> &'static [KnownField] {
    use KnownField::*;
    match kind {
        PackKind::Ncmec => &[
            IncidentType,
            UrgentReason,
            PageUrl,
            ReporterFirstName,
            ReporterLastName,
            ReporterPhone,
            ReporterEmail,
            Company,
            TermsUrl,
            AccountEmail,
            AccountId,
            ScreenName,
            DisplayName,
            ProfileUrl,
            OtherAccounts,
            Messages,
            OtherFacts,
        ],
        PackKind::Nca => &[
            ReporterFirstName,
            ReporterLastName,
            ReporterPhone,
            ReporterEmail,
            Company,
            PageUrl,
            AlreadyReported,
            Messages,
            AccountId,
            ScreenName,
            DisplayName,
            AccountEmail,
            OtherAccounts,
            IdentityDocuments,
            OtherFacts,
        ],
        PackKind::Police => &[
            UrgentReason,
            ReporterFirstName,
            ReporterLastName,
            ReporterPhone,
            ReporterEmail,
            Company,
            PageUrl,
            HostingCountry,
            AccountId,
            ScreenName,
            DisplayName,
            AccountEmail,
            OtherAccounts,
            Messages,
            AlreadyReported,
            OtherFacts,
        ],
        PackKind::Hotline => &[PageUrl, SeenAt, HostingCountry, StillThere],
        PackKind::Dsa => &[Ground, GroundWhy, ComplainTo, ComplainBy, OutOfCourt, Notifier],
        PackKind::Plain => &[PageUrl, ReporterFirstName, ReporterLastName, ReporterEmail, OtherFacts],
    }
}

/// An address from which the uploader came, with its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpEvent {
    /// The address.
    pub address: IpAddr,
    /// The port, where it is known.
    pub port: Option<u16>,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// What happened, a word of the official form.
    pub event: String,
}

impl IpEvent {
    /// Reads "203.0.113.7:443 2026-11-23T13:00:00Z Upload"; port and event may be left out.
    ///
    /// # Errors
    /// [`Code::BadArgument`].
    pub fn read(text: &str) -> Result<Self> {
        let bad = |what: &str| {
            Error::refused(
                Code::BadArgument,
                format!("{what} Type it like \"203.0.113.7:443 2026-11-23T13:00:00Z Upload\". Nothing was written."),
            )
        };
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or_default();
        let (address, port) = match (first.parse::<SocketAddr>(), first.parse::<IpAddr>()) {
            (Ok(socket), _) => (socket.ip(), Some(socket.port())),
            (_, Ok(address)) => (address, None),
            _ => return Err(bad(&format!("{:?} is no IP address.", Shown::of_text(first)))),
        };
        let rest: Vec<&str> = words.collect();
        let (event, time) = match rest.split_last() {
            Some((last, before)) if IP_EVENTS.contains(last) => ((*last).to_owned(), before.join(" ")),
            _ => ("Unknown".to_owned(), rest.join(" ")),
        };
        let at = when::typed(&time).map_err(|_| bad("The time is missing, or has no zone."))?;
        Ok(Self { address, port, at, event })
    }
}

/// Everything that the operator said.
#[derive(Clone, Debug, Default)]
pub struct Known {
    values: BTreeMap<KnownField, String>,
    /// Addresses of the uploader.
    pub ips: Vec<IpEvent>,
    /// Names of files are wanted in the pack.
    pub with_names: bool,
}

impl Known {
    /// Takes values as they were typed: `page_url=https://…`. Empty values are left out.
    ///
    /// # Errors
    /// [`Code::BadArgument`] for a field that is not asked for this kind, a value that is too long, or an incident type beyond the eight.
    pub fn read<'a>(kind: PackKind, typed: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut known = Self::default();
        for (name, value) in typed {
            let field = KnownField::from_wire(name).filter(|field| asked(kind).contains(field)).ok_or_else(|| {
                let names = asked(kind).iter().map(|field| field.as_str()).collect::<Vec<_>>().join(", ");
                Error::refused(
                    Code::BadArgument,
                    format!("{:?} is not asked here. Asked are: {names}. Nothing was written.", Shown::of_text(name)),
                )
            })?;
            let value = value.trim();
            if value.chars().count() > LONGEST {
                return Err(Error::refused(Code::BadArgument, format!("{field} has at most {LONGEST} characters. Nothing was written.")));
            }
            if field == KnownField::IncidentType && !value.is_empty() && incident(value).is_none() {
                return Err(Error::refused(Code::BadArgument, "The incident type is a number from 1 to 8. Nothing was written."));
            }
            if !value.is_empty() {
                known.values.insert(field, Shown::of_text(value).as_str().replace("\\u{a}", "\n"));
            }
        }
        Ok(known)
    }

    /// One value.
    pub fn get(&self, field: KnownField) -> Option<&str> {
        self.values.get(&field).map(String::as_str)
    }

    /// The incident type in the words of the official form; the first one unless another was named.
    pub fn incident_type(&self) -> &'static str {
        self.get(KnownField::IncidentType).and_then(incident).unwrap_or(INCIDENT_TYPES[0])
    }

    /// The names of the optional parts that are in, for the ledger.
    pub fn optional_parts(&self) -> Vec<&'static str> {
        let mut parts: Vec<&str> = self.values.keys().map(|field| field.as_str()).collect();
        parts.extend((!self.ips.is_empty()).then_some("ip_addresses"));
        parts.extend(self.with_names.then_some("file_names"));
        parts
    }
}

fn incident(number: &str) -> Option<&'static str> {
    number.parse::<usize>().ok().and_then(|number| INCIDENT_TYPES.get(number.checked_sub(1)?)).copied()
}
