-- What merge commits settle: operations that are no longer judged in any version that contains the merge commit.
create table omdb.settlements (
  "commit" bigint not null references omdb.commits (id),
  operation bigint not null references omdb.operations (id),
  primary key ("commit", operation)
);
create index omdb_settlements_by_operation on omdb.settlements (operation);

-- Which operations have predicates that read another record than their own: what must be judged when that one changes.
-- The record need not exist (yet): that it is absent can be what the operation depends on.
create table omdb.operation_reads (
  record uuid not null,
  "commit" bigint not null references omdb.commits (id),
  operation bigint not null references omdb.operations (id),
  primary key (record, "commit", operation)
);

-- Those of operations that are there already. A predicate either combines others or has a record in its only member.
with recursive tests as (
  select o.id as operation, p.predicate
  from omdb.operations o cross join lateral jsonb_array_elements(o.predicates) as p(predicate)
  union all
  select t.operation, inner_test.predicate
  from tests t
  cross join lateral jsonb_each(t.predicate) as member(name, content)
  cross join lateral jsonb_array_elements(
    case when member.name in ('all', 'any') then member.content
         when member.name = 'not' then jsonb_build_array(member.content)
         else '[]' end) as inner_test(predicate)
)
insert into omdb.operation_reads (record, "commit", operation)
select distinct (member.content ->> 'record')::uuid, c."commit", t.operation
from tests t
cross join lateral jsonb_each(t.predicate) as member(name, content)
join omdb.operation_to_commit c on c.operation = t.operation
where member.name not in ('all', 'any', 'not') and jsonb_typeof(member.content) = 'object'
  and jsonb_typeof(member.content -> 'record') = 'string';
