"""The phrases that are watched for inside longer texts, by group and in several languages: data only."""

from __future__ import annotations

_MARKETING = """
    spy on your
    spy on someone
    spy on any phone
    spy on their
    spy on his phone
    spy on her phone
    catch a cheating
    catch a cheater
    catch cheating spouse
    catch your cheating
    cheating spouse
    cheating husband
    cheating wife
    cheating girlfriend
    cheating boyfriend
    cheating partner
    is your wife cheating
    is your husband cheating
    without them knowing
    without their knowledge
    without his knowledge
    without her knowledge
    without being detected
    100% undetectable
    completely undetectable
    totally undetectable
    hidden from the target
    hidden tracking app
    secretly monitor
    secretly track
    secretly record
    secretly read
    read their messages
    spy phone app
    phone spy app
    cell phone spy
    mobile spy app
    spouse tracker
    girlfriend cell tracker
    boyfriend tracker
    track your wife
    track your husband
    track your girlfriend
    track your boyfriend
    espiar a tu pareja
    espiar el celular
    espiar whatsapp
    pareja infiel
    infidelidad de tu pareja
    sin que se entere
    sin que lo sepa
    sin que la otra persona
    espionner son conjoint
    espionner un portable
    espionner le telephone
    espionner votre
    conjoint infidèle
    mari infidèle
    femme infidèle
    à son insu
    sans qu'il le sache
    sans qu'elle le sache
    partner ausspionieren
    handy ausspionieren
    handy überwachen ohne
    ohne dass er es merkt
    ohne dass sie es merkt
    ohne wissen des
    untreuen partner
    spiare il telefono
    spiare il partner
    spiare un cellulare
    coniuge infedele
    marito infedele
    moglie infedele
    a sua insaputa
    senza che se ne accorga
    espionar celular
    espionar o celular
    traição do parceiro
    marido infiel
    esposa infiel
    esposo infiel
    sem que ele saiba
    sem que ela saiba
    шпионить за
    следить за женой
    следить за мужем
    слежка за телефоном
    скрытое наблюдение
    незаметно для пользователя
    без ведома владельца
    szpiegować telefon
    szpieg na telefon
    niewierny partner
    bez wiedzy użytkownika
    casus telefon
    telefon casusu
    casus yazılım
    eşini takip
    haberi olmadan
    التجسس على
    تجسس على هاتف
    مراقبة هاتف زوجتك
    مراقبة هاتف زوجك
    دون علمه
    دون علمها
    पत्नी की जासूसी
    पति की जासूसी
"""

_CONCEALING = """
    hide app icon
    hide the app icon
    hide icon from
    hide this app
    app icon will be hidden
    icon will disappear
    icon has been hidden
    stealth mode
    invisible mode
    dial this code to open
    dial the code to open
    dial code to open
    disable play protect
    turn off play protect
    disable google play protect
    ocultar icono
    ocultar la aplicación
    masquer l'icône
    mode furtif
    icône masquée
    symbol verstecken
    app verstecken
    nascondi icona
    ocultar ícone
    скрыть значок
    скрыть иконку
    скрытый режим
    إخفاء الأيقونة
    إخفاء التطبيق
"""

_PANEL = """
    the target phone
    enter your license key
    enter license key
    enter your licence key
    enter the activation code
    enter your activation code
    enter your registration code
    log in to your dashboard
    login to your dashboard
    log into your dashboard
    your online dashboard
    your control panel
    online control panel
    web control panel
    monitored phone
    monitored device
    device to be monitored
    phone you want to monitor
    device you want to monitor
    phone to monitor
    your online account to view
"""

_OTHER = {
    "root-command": "mount -o remount,rw\npm disable-user --user\nsettings put secure \ndpm set-device-owner ",
}


def _phrases() -> dict[bytes, str]:
    groups = {"spying-marketing": _MARKETING, "concealment-words": _CONCEALING, "panel-words": _PANEL}
    rows = {line.strip(): group for group, lines in groups.items() for line in lines.splitlines() if line.strip()}
    rows |= {line: group for group, lines in _OTHER.items() for line in lines.splitlines()}
    return {line.encode(): group for line, group in rows.items()}


PHRASES: dict[bytes, str] = _phrases()
"""Lower-case phrases of two words or more, found in longer texts → group. UTF-8; ASCII letters in any case."""
