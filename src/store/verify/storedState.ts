/** SQL: the column of a state. JSON's null, which who lists records takes for a state, is told from none. */
export const STATE = `case when jsonb_typeof(state) = 'null' then '"null"'::jsonb else state end as state`;
