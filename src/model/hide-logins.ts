/** The value of an `Authorization` header (RFC 7617, RFC 6750), wherever it stands. */
const login = /\b(Basic|Bearer)(\s+)([\w.~+/-]{8,}=*)/g;

/**
 * The text with the logins that it repeats hidden, as long as it was: some registries and proxies answer with the headers
 * that they were sent. `Basic` is hidden where what follows holds a user and a password, `Bearer`
 * where it is too long for a word.
 */
export function hideLogins(text: string): string {
  if (!text.includes('Basic') && !text.includes('Bearer')) return text;
  return text.replace(login, (whole, scheme: string, space: string, value: string) => {
    const isLogin = scheme === 'Basic' ? holdsPassword(value) : value.length >= 20;
    return isLogin ? `${scheme}${space}${'*'.repeat(value.length)}` : whole;
  });
}

function holdsPassword(base64: string): boolean {
  try {
    return /^[^\u0000-\u001f:]*:/u.test(atob(base64));
  } catch {
    return false;
  }
}
