/** What stands before the last `@` of a URL's authority; a user alone is no secret for ssh and git. */
const inUrl = /(?<![\w-])(https?|ssh|git)(:\/\/)([^\s/?#"'`]+)@/gi;

/** A password with a `/`, which a URL may not have: what follows the `:` can be no port. */
const withSlash =
  /(?<![\w-])(https?|ssh|git)(:\/\/)([^\s/?#"'`:@]*:(?!\d+(?:[/?#]|$))[^\s"'`]*)@/gi;

/** `user:password@host` without a scheme; `name:tag@sha256:…` is an image. */
const withoutScheme = /(?<![\w./:@-])([\w.-]+:[^\s/"'`@]+)@(?!sha\d+:)/g;

/** The text with the credentials of every URL in it hidden; its length and all else stay. */
export function maskCredentials(text: string): string {
  if (!text.includes('@')) return text;
  const hidden = (secret: string): string => '*'.repeat(secret.length);
  return text
    .replace(
      withSlash,
      (_whole, scheme: string, slashes: string, user: string) =>
        `${scheme}${slashes}${hidden(user)}@`,
    )
    .replace(inUrl, (whole, scheme: string, slashes: string, user: string) =>
      /^http/i.test(scheme) || user.includes(':') ? `${scheme}${slashes}${hidden(user)}@` : whole,
    )
    .replace(withoutScheme, (_whole, user: string) => `${hidden(user)}@`);
}
