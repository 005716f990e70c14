import type {Diagnostic, SourceRange} from '../events/diagnostic.ts';
import {maskCredentials} from '../model/url-credentials.ts';

/**
 * Returns a function that hides the credentials of URLs in all that a diagnostic shows, Dockerfile
 * lines too. Every diagnostic of matrix.yml passes through it, and so no check has to think of it. It
 * remembers lines: one line may have thousands of problems.
 */
export function createDiagnosticMask(): (diagnostic: Diagnostic) => Diagnostic {
  const lines = new Map<string, string>();
  const maskedRange = (range: SourceRange): SourceRange => {
    const text = lines.get(range.text) ?? maskCredentials(range.text);
    lines.set(range.text, text);
    return {...range, text};
  };
  return (diagnostic) => {
    const {range, suggestion, related} = diagnostic;
    return {
      ...diagnostic,
      message: maskCredentials(diagnostic.message),
      ...(range === undefined ? {} : {range: maskedRange(range)}),
      ...(suggestion === undefined ? {} : {suggestion: maskCredentials(suggestion)}),
      ...(related === undefined
        ? {}
        : {
            related: related.map((place) => ({
              message: maskCredentials(place.message),
              range: maskedRange(place.range),
            })),
          }),
    };
  };
}
