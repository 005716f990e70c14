import {Listr, ListrLogger, ProcessOutput, Spinner, type ListrTask} from 'listr2';

import type {Clock} from '../ports/clock.ts';
import type {EventSink} from '../ports/event-sink.ts';
import {growingList, type GrowingList} from './growing-list.ts';
import {indentation} from './progress-line.ts';
import {details, progressRows, type ProgressRows, type RowKey} from './progress-rows.ts';
import {
  applyEvent,
  emptyProgress,
  type KnownStages,
  type TargetProgress,
} from './progress-state.ts';
import {textStyle} from './text-style.ts';

export interface LiveTerminal {
  /** The stream that is drawn on: standard error, so that standard output holds results only. */
  readonly stream: NodeJS.WriteStream;
  readonly colour: boolean;
  readonly unicode: boolean;
  readonly clock: Clock;
  readonly knownStages: KnownStages;
  /** Aborts when the user has asked for an end. */
  readonly stopping: AbortSignal;
}

/**
 * Draws target -> platform -> stage -> step on a terminal, with listr2. It only watches: each listr2
 * task is a row that waits for the event that ends its target, and its title is what
 * `progressRows` says of it ten times a second. listr2 runs, retries and skips nothing, and its
 * signal handler (which would end the process before the record is written) stays off.
 */
export function listrSink(terminal: LiveTerminal): EventSink {
  const progress = emptyProgress();
  const tree = taskTree();
  let frame = 0;
  let ended = false;
  let detail = 0;
  let height = terminal.stream.rows;
  let drawing: Promise<unknown> | undefined;

  /** The rows in the most detail that fits; never more again, or the display would jump about. */
  const rowsThatFit = (): ProgressRows => {
    if (terminal.stream.rows !== height) {
      height = terminal.stream.rows;
      detail = 0;
    }
    for (;;) {
      const rows = progressRows({
        progress,
        detail: details[detail] ?? 'busy-targets',
        stopping: terminal.stopping.aborted && !ended,
        now: terminal.clock.now(),
        frame,
        style: textStyle({...terminal, columns: terminal.stream.columns}),
      });
      if (rows.size < height || detail >= details.length - 1) return rows;
      detail += 1;
    }
  };

  const draw = (): void => {
    for (const target of progress.targets.values()) tree.follow(target);
    tree.show(rowsThatFit());
    frame += 1;
  };

  return {
    handle(event) {
      applyEvent(progress, event, terminal.knownStages);
      if (event.type === 'run-started') {
        for (const target of progress.targets.values()) tree.addTarget(target);
        tree.addLast(progress);
        drawing = start(tree.tasks, terminal, draw);
      } else if (event.type === 'target-finished') {
        // Its rows stay as they are now, so that they must be up to date before they end.
        draw();
        tree.endTarget(event.target);
      } else if (event.type === 'run-finished') {
        ended = true;
      }
    },
    async close() {
      draw();
      tree.endAll();
      if (drawing === undefined) return;
      await drawing;
      // What is printed next, the result or warnings, is not part of the tree.
      terminal.stream.write('\n');
    },
  };
}

/** Starts listr2 on the rows; `draw` is called before each of its frames. */
function start(
  tasks: readonly ListrTask[],
  terminal: LiveTerminal,
  draw: () => void,
): Promise<unknown> {
  const rendererOptions = {
    indentation,
    collapseSubtasks: false,
    showErrorMessage: false,
    formatOutput: 'truncate',
    icon: noIcons,
    spinner: frameSpinner(draw),
    logger: new ListrLogger({
      processOutput: new ProcessOutput(terminal.stream, terminal.stream),
    }),
  } as const;
  const list = new Listr<object, 'default', 'default'>([...tasks], {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    renderer: 'default',
    rendererOptions,
    // listr2 asks whether standard *output* is a terminal, and falls back when it is not.
    fallbackRenderer: 'default',
    fallbackRendererOptions: rendererOptions,
  });
  return list.run();
}

/** Signs and spinners are part of the titles, where they follow our events and not listr2's states. */
const noIcons = {
  SKIPPED_WITH_COLLAPSE: '',
  SKIPPED_WITHOUT_COLLAPSE: '',
  OUTPUT: '',
  OUTPUT_WITH_BOTTOMBAR: '',
  PENDING: '',
  COMPLETED: '',
  COMPLETED_WITH_FAILED_SUBTASKS: '',
  COMPLETED_WITH_SISTER_TASKS_FAILED: '',
  RETRY: '',
  ROLLING_BACK: '',
  ROLLED_BACK: '',
  FAILED: '',
  FAILED_WITH_SUBTASKS: '',
  WAITING: '',
  PAUSED: '',
  CANCELLED: '',
};

/** A spinner that shows nothing itself, and calls `tick` before each frame. */
function frameSpinner(tick: () => void): Spinner {
  return new (class extends Spinner {
    override spin(): void {
      tick();
    }
    override fetch(): string {
      return '';
    }
  })();
}

/** What of a listr2 task the tree uses. Its title is set directly: an event each would draw a frame each. */
interface Row {
  title?: string;
}

interface TaskTree {
  readonly tasks: ListrTask[];
  addTarget(target: TargetProgress): void;
  /** Adds the row below all targets. */
  addLast(key: RowKey): void;
  /** Adds rows for the stages and steps of the target that are new. */
  follow(target: TargetProgress): void;
  show(rows: ProgressRows): void;
  endTarget(id: string): void;
  endAll(): void;
}

/** One listr2 task for each node of the progress tree. A row shows nothing while its title is empty. */
function taskTree(): TaskTree {
  const tasks: ListrTask[] = [];
  const rows = new Map<RowKey, Row>();
  let shown: ProgressRows = new Map();
  const branches = new Map<RowKey, GrowingList<ListrTask>>();
  const lists = new Map<string, GrowingList<ListrTask>[]>();
  /** Below the last row there is nothing; it ends with the run. */
  const belowLast = growingList<ListrTask>();

  const setTitle = (key: RowKey, row: Row): void => {
    row.title = shown.get(key) ?? '';
  };

  const branch = (key: RowKey, owner: string): ListrTask => {
    const below = growingList<ListrTask>();
    branches.set(key, below);
    lists.set(owner, [...(lists.get(owner) ?? []), below]);
    return rowTask(key, below);
  };

  const rowTask = (key: RowKey, below: GrowingList<ListrTask>): ListrTask => ({
    title: ' ',
    task: (_, wrapper) => {
      rows.set(key, wrapper.task);
      setTitle(key, wrapper.task);
      return wrapper.newListr([restOf(below)]);
    },
  });

  const endTarget = (id: string): void => {
    for (const list of lists.get(id) ?? []) list.end();
  };

  return {
    tasks,
    addTarget(target) {
      tasks.push(branch(target, target.id));
    },
    addLast(key) {
      tasks.push(rowTask(key, belowLast));
    },
    follow(target) {
      for (const platform of target.platforms.values()) {
        let parent = branches.get(target);
        if (target.platforms.size > 1) {
          if (!branches.has(platform)) parent?.push(branch(platform, target.id));
          parent = branches.get(platform);
        }
        for (const stage of platform.stages.values()) {
          if (!branches.has(stage)) parent?.push(branch(stage, target.id));
          for (const step of stage.steps.values()) {
            if (!branches.has(step)) branches.get(stage)?.push(branch(step, target.id));
          }
        }
      }
    },
    show(texts) {
      shown = texts;
      for (const [key, row] of rows) setTitle(key, row);
    },
    endTarget,
    endAll() {
      for (const id of lists.keys()) endTarget(id);
      belowLast.end();
    },
  };
}

/**
 * A task without a title that is replaced by the next item of the list and the rest behind it: how
 * subtasks can still be added to a listr2 task that runs already.
 */
function restOf(list: GrowingList<ListrTask>): ListrTask {
  return {
    task: async (_, wrapper) => {
      const next = await list.next();
      return next === undefined
        ? undefined
        : wrapper.newListr([next, restOf(list)], {concurrent: true});
    },
  };
}
