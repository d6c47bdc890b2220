import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useApi } from "../api/api-context.ts";
import { path } from "../api/client.ts";
import { type EndpointAddress, endpointHeaders } from "../api/resources.ts";
import type { EndpointHeadersOut, EndpointHeadersPatchIn } from "../api/shapes.ts";
import { ActionButton } from "../components/action-button.tsx";
import { type Column, DataTable } from "../components/data-table.tsx";
import { formText } from "../components/form-text.ts";
import { LabelledInput } from "../components/labelled-input.tsx";
import { Loading, Nothing, ProblemNotice } from "../components/notice.tsx";
import { Panel } from "../components/panel.tsx";
import { visible } from "../components/text.ts";

interface Header {
  readonly name: string;
  /** Undefined: it may be a credential, and is not shown. */
  readonly value: string | undefined;
}

/** What is sent to an endpoint besides our own headers: each set, replaced or taken away by itself. */
export function EndpointHeaders(address: EndpointAddress) {
  const api = useApi();
  const { data, error } = useQuery(endpointHeaders(api, address));
  const url = path`/api/v1/app/${address.application}/endpoint/${address.endpoint}/headers`;
  const change: Change = (changes) => api.patch(url, changes);
  return (
    <Panel title="Headers">
      {error !== null && <ProblemNotice error={error} />}
      {data === undefined ? (
        error === null && <Loading />
      ) : (
        <DataTable
          caption="Headers"
          columns={columnsOf(change)}
          items={headersOf(data)}
          keyOf={({ name }) => name}
          empty={<Nothing title="No headers">Nothing is sent besides Posthorn&apos;s own.</Nothing>}
        />
      )}
      <SetHeader change={change} />
    </Panel>
  );
}

type Change = (changes: EndpointHeadersPatchIn) => Promise<unknown>;

function columnsOf(change: Change): readonly Column<Header>[] {
  return [
    { name: "Header", cell: ({ name }) => <code>{visible(name)}</code> },
    {
      name: "Value",
      wide: true,
      cell: ({ value }) =>
        value === undefined ? (
          <span className="faint">is not shown</span>
        ) : (
          <bdi>{visible(value)}</bdi>
        ),
    },
    {
      name: "Take away",
      align: "right",
      cell: ({ name }) => (
        <ActionButton
          label="Take away"
          isDangerous
          question={`The header ${visible(name)} is not sent any more, and its value is lost.`}
          act={() => change({ headers: { [name]: null } })}
          done="taken away"
        />
      ),
    },
  ];
}

function headersOf({ headers, sensitive }: EndpointHeadersOut): readonly Header[] {
  const shown = Object.entries(headers).map(([name, value]) => ({ name, value }));
  const hidden = sensitive.map((name) => ({ name, value: undefined }));
  return [...shown, ...hidden].toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function SetHeader({ change }: { readonly change: Change }) {
  const queries = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (form: HTMLFormElement) =>
      change({ headers: { [formText(form, "name")]: formText(form, "value") } }),
    onSuccess: async (_answer, form) => {
      form.reset();
      await queries.invalidateQueries();
    },
  });
  return (
    <form
      className="filter"
      onSubmit={(event) => {
        event.preventDefault();
        mutate(event.currentTarget);
      }}
    >
      <LabelledInput label="Header" name="name" required />
      <LabelledInput label="Value" name="value" required />
      <button type="submit" disabled={isPending}>
        Set the header
      </button>
      {error !== null && <ProblemNotice error={error} />}
    </form>
  );
}
