import type { Catalogue } from '../../app/language'

const en = {
  title: 'Sign in',
  login: 'User name',
  password: 'Password',
  signIn: 'Sign in',
  signingIn: 'Signing in …',
  wrong: 'The user name or the password is wrong.',
  linkUsed: 'This link was used already or is too old. Sign in with your password, or ask for a new link.',
  noAccount: 'No account yet? Open the invitation link that your teacher gave you.',
  unreachable: 'The server does not answer. Check the connection and try again.',
  ours: 'This is our fault.',
  signOut: 'Sign out',
  joinTitle: 'Join a course',
  joinNamed: (course: string) => `Join ${course}`,
  code: 'Invitation code',
  look: 'Continue',
  badCode: 'There is no such invitation, or it is no longer valid. Ask your teacher for a new one.',
  newHere: 'Make an account to join.',
  name: 'Your name, as your teacher knows it',
  newPassword: 'New password',
  join: 'Join the course',
  haveAccount: 'I have an account already',
  asYou: (name: string) => `You join as ${name}.`,
}
export type Texts = typeof en

const de: Texts = {
  title: 'Anmelden',
  login: 'Benutzername',
  password: 'Passwort',
  signIn: 'Anmelden',
  signingIn: 'Wird angemeldet …',
  wrong: 'Der Benutzername oder das Passwort ist falsch.',
  linkUsed: 'Dieser Link wurde schon benutzt oder ist zu alt. Melde dich mit deinem Passwort an, oder bitte um einen neuen Link.',
  noAccount: 'Noch kein Konto? Öffne den Einladungslink, den deine Lehrkraft dir gegeben hat.',
  unreachable: 'Der Server antwortet nicht. Prüfe die Verbindung und versuche es noch einmal.',
  ours: 'Das ist unser Fehler.',
  signOut: 'Abmelden',
  joinTitle: 'Einem Kurs beitreten',
  joinNamed: (course) => `${course} beitreten`,
  code: 'Einladungscode',
  look: 'Weiter',
  badCode: 'Diese Einladung gibt es nicht, oder sie gilt nicht mehr. Bitte deine Lehrkraft um eine neue.',
  newHere: 'Lege ein Konto an, um beizutreten.',
  name: 'Dein Name, wie ihn deine Lehrkraft kennt',
  newPassword: 'Neues Passwort',
  join: 'Dem Kurs beitreten',
  haveAccount: 'Ich habe schon ein Konto',
  asYou: (name) => `Du trittst als ${name} bei.`,
}

export const texts: Catalogue<Texts> = { en, de }
