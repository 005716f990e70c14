import type {PublicationOutcome, TagMove} from '../events/event.ts';
import type {PublishFailed} from '../events/failure.ts';

/** What became of one publication. */
export interface PublicationEnd {
  readonly outcome: PublicationOutcome;
  readonly moves: readonly TagMove[];
  readonly failure: PublishFailed | null;
}
