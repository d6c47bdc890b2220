import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { payloadExampleOf } from "../../../src/core/json-schema-example.ts";
import { useApi } from "../api/api-context.ts";
import { eventTypes } from "../api/resources.ts";
import type { EventTypeOut } from "../api/shapes.ts";
import { Badge } from "../components/badge.tsx";
import { TextBlock } from "../components/code.tsx";
import { type Column, ListTable } from "../components/data-table.tsx";
import { Nothing } from "../components/notice.tsx";
import { PageHead } from "../components/page-head.tsx";
import { Time } from "../components/time.tsx";
import { useViewer } from "../components/viewer.ts";
import { visible } from "../components/text.ts";

const columns: readonly Column<EventTypeOut>[] = [
  { name: "Event type", cell: ({ name }) => <code>{name}</code> },
  {
    name: "Description",
    wide: true,
    cell: ({ description, schemas }) => (
      <>
        <bdi>{visible(description)}</bdi>
        {Object.entries(schemas ?? {}).map(([version, schema]) => (
          <details key={version}>
            <summary>Schema {visible(version)}</summary>
            <div className="columns">
              <div>
                <h2>Schema</h2>
                <TextBlock
                  label={`Schema ${visible(version)}`}
                  text={JSON.stringify(schema, undefined, 2)}
                />
              </div>
              <div>
                <h2>Example</h2>
                <TextBlock
                  label={`Example of ${visible(version)}`}
                  text={JSON.stringify(payloadExampleOf(schema), undefined, 2)}
                />
              </div>
            </div>
          </details>
        ))}
      </>
    ),
  },
  {
    name: "State",
    cell: ({ archived, deprecated }) => {
      if (archived) return <Badge tone="quiet">archived</Badge>;
      return deprecated ? <Badge tone="warn">deprecated</Badge> : <Badge tone="good">in use</Badge>;
    },
  },
  { name: "Changed", align: "right", cell: ({ updatedAt }) => <Time at={updatedAt} /> },
];

const changeColumn: Column<EventTypeOut> = {
  name: "Change",
  align: "right",
  cell: ({ name }) => (
    <Link to="/event-types/$name" params={{ name }} aria-label={`Change ${name}`}>
      Change
    </Link>
  ),
};

const route = getRouteApi("/inside/event-types");

export function EventTypesPage() {
  const { kind } = useViewer();
  const { iterator } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(eventTypes(useApi(), { iterator, include_archived: kind === "operator" }));
  return (
    <>
      <PageHead
        title="Event types"
        actions={
          kind === "operator" && (
            <Link className="button" to="/new-event-type">
              Add an event type
            </Link>
          )
        }
      >
        What {kind === "operator" && "your "}messages tell of, and what endpoints choose by.
      </PageHead>
      <ListTable
        caption="Event types"
        columns={kind === "operator" ? [...columns, changeColumn] : columns}
        list={list}
        keyOf={({ name }) => name}
        iterator={iterator}
        onTurn={(turned) => void navigate({ search: { iterator: turned } })}
        empty={
          <Nothing title="No event types yet">
            {kind === "operator" ? (
              <>
                They need not be there for messages to be sent. With a schema they tell your
                customers what to expect.
              </>
            ) : (
              "What you can be told of will stand here."
            )}
          </Nothing>
        }
      />
    </>
  );
}
