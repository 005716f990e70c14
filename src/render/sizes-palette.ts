/**
 * The colours of the page. Charts are drawn in those of the light page; style rules that look for
 * them (`svg [fill="#…"]`) turn them into those of the dark one, so a chart taken out of the page is
 * still right.
 */
export interface Shade {
  readonly light: string;
  readonly dark: string;
}

const shade = (light: string, dark: string): Shade => ({light, dark});

export const shades = {
  paper: shade('#fffefc', '#17181b'),
  ground: shade('#f6f4ef', '#1e2024'),
  ink: shade('#1d1c1a', '#ebe8e2'),
  muted: shade('#66615a', '#a8a49c'),
  rule: shade('#e2ded6', '#34363b'),
  base: shade('#c9c4ba', '#4d4e52'),
  baseMiddle: shade('#dcd8cf', '#3a3b40'),
  baseSoft: shade('#edeae4', '#292b2f'),
  /** Text on the solid colour of a family. */
  onFamily: shade('#ffffff', '#16171a'),
  more: shade('#9c3d1e', '#f2a07f'),
  less: shade('#22694a', '#7cc8a1'),
} as const satisfies Record<string, Shade>;

/** One accent for each family of stages: solid for bars and lines, soft and middle behind text. */
export const families: readonly {
  readonly solid: Shade;
  readonly middle: Shade;
  readonly soft: Shade;
}[] = [
  {
    solid: shade('#3b5ba5', '#8eabf0'),
    middle: shade('#bccbe9', '#3c4c75'),
    soft: shade('#dde5f5', '#2a3552'),
  },
  {
    solid: shade('#1d7570', '#5dc4ba'),
    middle: shade('#abd6d1', '#2a5b57'),
    soft: shade('#d2eae7', '#1c403d'),
  },
  {
    solid: shade('#8f5c05', '#dfab57'),
    middle: shade('#ebd09d', '#645029'),
    soft: shade('#f5e5c9', '#463719'),
  },
  {
    solid: shade('#81428a', '#d19ad8'),
    middle: shade('#dfc1e4', '#5c466a'),
    soft: shade('#eeddf1', '#41304b'),
  },
  {
    solid: shade('#ab4636', '#f0917f'),
    middle: shade('#f0bfb7', '#6e413b'),
    soft: shade('#f8ddd8', '#4e2d28'),
  },
  {
    solid: shade('#526d22', '#aac66f'),
    middle: shade('#c8dbab', '#4a5a2e'),
    soft: shade('#e1ecd0', '#333f20'),
  },
  {
    solid: shade('#4a667c', '#9db9cf'),
    middle: shade('#bfd0dc', '#40505b'),
    soft: shade('#dbe5ec', '#2c3841'),
  },
];

const everyShade: readonly Shade[] = [
  ...Object.values(shades),
  ...families.flatMap(({solid, middle, soft}) => [solid, middle, soft]),
];

/** Rules that give a chart the colours of the dark page. */
export const darkChartRules = everyShade
  .flatMap(({light, dark}) =>
    ['fill', 'stroke'].map((property) => `svg [${property}="${light}"]{${property}:${dark}}`),
  )
  .join('');

/** `--name:colour` of every colour. */
export function variables(theme: keyof Shade): string {
  const named = Object.entries(shades).map(([name, colours]) => `--${name}:${colours[theme]}`);
  const numbered = families.flatMap(({solid, soft}, index) => [
    `--family-${index}:${solid[theme]}`,
    `--family-${index}-soft:${soft[theme]}`,
  ]);
  return [...named, ...numbered].join(';');
}
