import {hideLogins} from './hide-logins.ts';

/*
 * Lengths are bounded so that the time stays in proportion to the text, whatever it is: lines of
 * matrix.yml and of Dockerfiles are shown with what is wrong with them.
 */

/** What stands before the last `@` of a URL's authority. */
const inUrl = /(?<![\w+.-])([a-z][\w+.-]{0,30})(:\/\/)([^\s/?#"'`]{1,512})@(?!sha\d+:)/gi;

/**
 * A password with a `/`, `?` or `#`, which a URL may not have but people write: what follows the `:`
 * is no port, neither a number nor a placeholder.
 */
const outsideAuthority =
  /(?<![\w+.-])([a-z][\w+.-]{0,30})(:\/\/)([^\s/?#"'`:@[]{0,256}:(?!(?:\d*|\$?\{[\w. -]*\})(?:[/?#]|$))[^\s"'`]{1,256}?)@(?!sha\d+:|[^\s/?#"'`@]{0,256}@)/gi;

/**
 * `user:password@host` without a scheme; `name:tag@sha256:…` is an image, and `npm:name@1.2.3` a package
 * with its version.
 */
const withoutScheme =
  /(?<![\w./:@-])([\w.-]+:[^\s/"'`@]{1,256})@(?!sha\d+:|[\^~]|v?\d+(?:\.\d+){0,2}(?![\d.:/]))/g;

/**
 * The text with the credentials of every URL in it hidden, and logins that a registry has repeated;
 * its length and all else stay. A user alone
 * is no secret, but for http, where it may be a token.
 */
export function maskCredentials(raw: string): string {
  const text = hideLogins(raw);
  if (!text.includes('@')) return text;
  const hidden = (secret: string): string => '*'.repeat(secret.length);
  const hideUser = (whole: string, scheme: string, slashes: string, user: string): string =>
    /https?$/i.test(scheme) || user.includes(':') ? `${scheme}${slashes}${hidden(user)}@` : whole;
  return text
    .replace(inUrl, hideUser)
    .replace(outsideAuthority, hideUser)
    .replace(withoutScheme, (_whole, user: string) => `${hidden(user)}@`);
}
