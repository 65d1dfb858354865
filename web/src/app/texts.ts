import type { Catalogue } from './language'

const en = {
  skip: 'Skip to the content',
  where: 'Where you are',
  playground: 'Playground',
  courses: 'My courses',
  themeDark: 'Dark theme',
  themeLight: 'Light theme',
  otherLanguage: 'Deutsch',
  loading: 'Loading …',
  missingTitle: 'There is no such place',
  missingText: 'The address may be mistyped, or the place may have been removed.',
  missingAction: 'Go to the start',
  hiddenText: 'It was removed, or it is not for the account that you are signed in with.',
  failedTitle: 'This could not be loaded',
  again: 'Try again',
  brokenTitle: 'The page has a fault',
  brokenText: 'This is our mistake. What you wrote is kept in this browser.',
  brokenAction: 'Reload the page',
  unreachable: 'The server does not answer. Check the connection; what you wrote is kept here.',
}
export type Texts = typeof en

const de: Texts = {
  skip: 'Zum Inhalt springen',
  where: 'Wo du bist',
  playground: 'Spielwiese',
  courses: 'Meine Kurse',
  themeDark: 'Dunkles Design',
  themeLight: 'Helles Design',
  otherLanguage: 'English',
  loading: 'Wird geladen …',
  missingTitle: 'Diesen Ort gibt es nicht',
  missingText: 'Die Adresse ist vielleicht vertippt, oder der Ort wurde entfernt.',
  missingAction: 'Zum Anfang',
  hiddenText: 'Er wurde entfernt, oder er ist nicht für das Konto, mit dem du angemeldet bist.',
  failedTitle: 'Das konnte nicht geladen werden',
  again: 'Noch einmal versuchen',
  brokenTitle: 'Die Seite hat einen Fehler',
  brokenText: 'Das ist unser Fehler. Was du geschrieben hast, ist in diesem Browser gespeichert.',
  brokenAction: 'Seite neu laden',
  unreachable: 'Der Server antwortet nicht. Prüfe die Verbindung; was du geschrieben hast, ist hier gespeichert.',
}

export const texts: Catalogue<Texts> = { en, de }
