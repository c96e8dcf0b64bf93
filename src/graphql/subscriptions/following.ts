/** What the subscriptions to one frontier share. */

export const FRONTIER = "The frontier's name.";
export const AFTER = 'Where to go on: a cursor of this frontier. Without it: from now on. "0": from the beginning.';
export const CURSOR = "Where to go on after this event.";
