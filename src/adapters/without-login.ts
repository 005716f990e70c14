/** What a registry says, without the `Authorization` that it got: some repeat what they were sent. */
export function withoutLogin(text: string, authorization = ''): string {
  const token = authorization.slice(authorization.indexOf(' ') + 1);
  if (token === '') return text;
  const clear = authorization.startsWith('Basic ')
    ? Buffer.from(token, 'base64').toString()
    : token;
  return [token, clear].reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);
}
