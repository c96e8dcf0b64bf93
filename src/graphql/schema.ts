/** The schema: every file that declares a part of it is named here. */
import type { GraphQLSchema } from "graphql";
import { builder } from "./builder";
import "./scalars";
import "./errors";
import "./types/blame";
import "./types/commit";
import "./types/comparison";
import "./types/frontier";
import "./types/frontierChange";
import "./types/frontierRecord";
import "./types/mergePreview";
import "./types/node";
import "./types/operation";
import "./types/record";
import "./types/recordChange";
import "./types/recordType";
import "./types/recordView";
import "./types/server";
import "./types/view";
import "./mutations/commit";
import "./mutations/cherryPick";
import "./mutations/frontier";
import "./mutations/merge";
import "./mutations/revert";
import "./subscriptions/frontierLog";

export const buildSchema = (): GraphQLSchema => builder.toSchema({ sortSchema: true });
