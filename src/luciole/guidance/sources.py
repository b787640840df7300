"""Published sources of the guidance pages, named with their addresses. Nothing is fetched from them."""

from __future__ import annotations

from typing import NamedTuple


class Source(NamedTuple):
    """A publication. name: who says it and where; address: of the page."""

    name: str
    address: str


SOURCES: dict[str, Source] = {
    "cas-help": Source(
        "Coalition Against Stalkerware, Get help", "https://stopstalkerware.org/get-help/"
    ),
    "cas-resources": Source(
        "Coalition Against Stalkerware, organisations by country", "https://stopstalkerware.org/get-help/resources/"
    ),
    "cas-definition": Source(
        "Coalition Against Stalkerware, definition and criteria",
        "https://stopstalkerware.org/information-for-tech-companies",
    ),
    "cas-dual-use": Source(
        "Coalition Against Stalkerware, on monitoring that shows itself (2023)",
        "https://stopstalkerware.org/2023/02/10/stalkerware-maker-fined-in-the-us-and-required-to-notify-victims",
    ),
    "nnedv-spyware": Source("NNEDV Safety Net, spyware", "http://techsafety.org/spyware"),
    "nnedv-phone": Source(
        "NNEDV Safety Net, Phone Surveillance & Safety",
        "https://kaofeng-lee-s90t.squarespace.com/spyware-and-stalkerware-phone-surveillance",
    ),
    "nnedv-activity": Source("NNEDV Safety Net, blog", "https://techsafety.org/?offset=1507846270194"),
    "nnedv-phone-plan": Source(
        "NNEDV Safety Net, cell phone safety plan",
        "https://www.techsafety.org/resources-survivors/cell-phone-safety-plan",
    ),
    "nnedv-evidence": Source("NNEDV Safety Net, evidence of spyware", "https://www.techsafety.org/spyware-evidence"),
    "nnedv-primer": Source("NNEDV Safety Net, evidence primer", "http://techsafety.org/evidence-primer"),
    "nnedv-survivors": Source(
        "NNEDV Safety Net, considerations of survivors", "http://techsafety.org/survivor-considerations"
    ),
    "kaspersky-alert": Source(
        "CybersecAsia on Kaspersky's Privacy Alert",
        "https://www.cybersecasia.net/news/stalkerware-abuse-time-to-tighten-the-noose",
    ),
    "kaspersky-help": Source(
        "Kaspersky, help of its Android product",
        "https://support.kaspersky.com/help/Kaspersky/Android_11.119/it-IT/276343.htm",
    ),
    "tip-sheet": Source(
        "Tip sheet in Website Compass", "https://flipyourpages.com/flip_pages/WebsiteCompass/nctc/17/"
    ),
    "other-causes": Source("Just Stalking: Maryland Resources", "https://juststalkingmdresources.org/stalkerware"),
    "canada-checklist": Source(
        "Tech Safety Canada, planning checklist",
        "https://techsafety.ca/resources/toolkits/tech-safety-planning-checklist",
    ),
    "digital-footprint": Source("Digital safety tool, on history", "https://manopause.help/tools/digital-safety"),
    "australia-plan": Source(
        "Tech safety plan, Australia",
        "https://techsafety.org.au/resources/resources-women/technology-safety-plan/",
    ),
    "refuge-tech": Source("Refuge, settings of accounts and devices", "https://refugetechsafety.org/secure-your-tech/"),
    "bonnie": Source("Bonnie, safety and technology", "https://bonnie.org.au/safety-and-technology"),
    "isdi-questionnaire": Source(
        "ISDi, technology assessment questionnaire", "https://github.com/stopipv/isdi/pull/73"
    ),
    "clinic-overview": Source(
        "Technology Abuse Clinic Toolkit, overview", "https://techabuseclinics.org/ch-2-overview-of-a-clinic"
    ),
    "clinic-appointments": Source(
        "Technology Abuse Clinic Toolkit, appointments", "https://techabuseclinics.org/ch-7-conducting-appointments"
    ),
    "gallardo": Source(
        "Gallardo and others, SOUPS 2022", "https://usenix.org/conference/soups2022/presentation/gallardo"
    ),
    "ucsd": Source("UC San Diego on 14 Android apps (2023)", "https://today.ucsd.edu/story/spywarestudy2023"),
    "google-monitoring": Source(
        "Google Play, apps for monitoring", "https://support.google.com/googleplay/android-developer/answer/12955211"
    ),
    "privacy-international": Source(
        "Privacy International, on notification",
        "https://privacyinternational.org/news-analysis/4204/stalkerware-wont-disappear-notification",
    ),
    "parental-study": Source("Study of parental control apps (2025)", "https://arxiv.org/html/2504.16087v1"),
    "echap": Source(
        "Echap, stalkerware indicators", "https://github.com/AssoEchap/stalkerware-indicators"
    ),
    "womenslaw": Source(
        "WomensLaw, documenting and saving",
        "https://nocache.womenslaw.org/about-abuse/abuse-using-technology/"
        "evidence-issues-cases-involving-technology/documentingsaving",
    ),
    "swgde": Source("SWGDE 18-F-002", "https://www.swgde.org/18-f-002"),
    "goset": Source(
        "GOSET, mobile device evidence preservation guide",
        "https://goset.org/resources/mobile-device-evidence-preservation-guide",
    ),
    "iso-27037": Source(
        "On ISO/IEC 27037:2012",
        "https://tnlab.org/en/iso-iec-270372012-digital-evidence-identification-collection-acquisition-and-preservation/",
    ),
    "eset-forged": Source(
        "On ESET's study of 86 apps (2021)",
        "https://cyber.vumetric.com/security-news/2021/05/21/mobile-stalkerware-is-on-the-rise",
    ),
    "predator-report": Source(
        "Citizen Lab, on the stalkerware industry (2019)",
        "https://citizenlab.ca/2019/06/"
        "the-predator-in-your-pocket-a-multidisciplinary-assessment-of-the-stalkerware-application-industry/",
    ),
    "av-test-2025": Source("On the stalkerware test of AV-Comparatives (2025)", "https://www.security.nl/posting/912048"),
    "trauma-informed": Source(
        "On trauma-informed design",
        "https://uxmag.com/articles/trauma-informed-design-understanding-trauma-and-healing",
    ),
    "warning-signs": Source("On warning signs (2021)", "http://ssnoccrimewatch.blogspot.com/2021/05"),
}  # fmt: skip
