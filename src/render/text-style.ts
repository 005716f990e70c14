import picocolors from 'picocolors';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** The few signs that carry meaning; each has an ASCII twin for terminals without Unicode. */
export interface Glyphs {
  readonly succeeded: string;
  readonly failed: string;
  readonly stopped: string;
  readonly waiting: string;
  readonly warning: string;
  /** Before what a stage starts from. */
  readonly from: string;
  readonly ellipsis: string;
  /** Frames of the spinner, one column each. */
  readonly spinner: readonly string[];
  /** What bars are made of; `eighths` are the ends of one, from an eighth to seven; none in ASCII. */
  readonly bars: {
    readonly base: string;
    readonly shipped: string;
    readonly beside: string;
    readonly eighths: readonly string[];
  };
}

const unicodeGlyphs: Glyphs = {
  succeeded: '✔',
  failed: '✖',
  stopped: '⊘',
  waiting: '·',
  warning: '⚠',
  from: '←',
  ellipsis: '…',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
  bars: {base: '░', shipped: '█', beside: '▒', eighths: ['▏', '▎', '▍', '▌', '▋', '▊', '▉']},
};

const asciiGlyphs: Glyphs = {
  succeeded: '+',
  failed: 'x',
  stopped: '!',
  waiting: '.',
  warning: '!',
  from: '<-',
  ellipsis: '...',
  spinner: ['-', '\\', '|', '/'],
  bars: {base: '.', shipped: '#', beside: '-', eighths: []},
};

/** How text may look at the place it is printed to. */
export interface TextStyle {
  readonly colours: Colours;
  readonly glyphs: Glyphs;
  /** Width of the terminal, in columns. */
  readonly columns: number;
}

export function textStyle(options: {
  readonly colour: boolean;
  readonly unicode: boolean;
  readonly columns: number;
}): TextStyle {
  return {
    colours: picocolors.createColors(options.colour),
    glyphs: options.unicode ? unicodeGlyphs : asciiGlyphs,
    columns: options.columns,
  };
}
