// A v2 document as `openapi.v2.Document`, the protobuf form that kubectl asks for first. Only the messages and fields that
// our documents use are declared; the field numbers are those of gnostic's OpenAPIv2.proto.
import protobuf from 'protobufjs';
import { isObject, objectAt, objectsAt, stringAt, stringsAt } from '../json.ts';
import type { JsonObject } from '../resource.ts';

export function encodeDocument(document: JsonObject): Buffer {
  const type = protobuf.Root.fromJSON({ nested: MESSAGES }).lookupType('Document');
  const message = type.fromObject({
    swagger: '2.0',
    info: document['info'],
    paths: { path: named(objectAt(document, 'paths'), pathItem) },
    definitions: { additional_properties: named(objectAt(document, 'definitions'), schemaMessage) },
  });
  return Buffer.from(type.encode(message).finish());
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

function pathItem(item: JsonObject): JsonObject {
  const operations = METHODS.flatMap((method) => {
    const operation = objectAt(item, method);
    return operation ? [[method, operationMessage(operation)]] : [];
  });
  return {
    ...Object.fromEntries(operations),
    parameters: objectsAt(item, 'parameters').map(parameterMessage),
  };
}

function operationMessage(operation: JsonObject): JsonObject {
  return {
    operation_id: operation['operationId'],
    consumes: stringsAt(operation, 'consumes'),
    produces: stringsAt(operation, 'produces'),
    parameters: objectsAt(operation, 'parameters').map(parameterMessage),
    responses: {
      response_code: named(objectAt(operation, 'responses'), (response) => ({
        response: { description: stringAt(response, 'description') },
      })),
    },
    vendor_extension: extensions(operation),
  };
}

function parameterMessage(parameter: JsonObject): JsonObject {
  const place = stringAt(parameter, 'in');
  if (place === 'body') {
    const schema = schemaMessage(objectAt(parameter, 'schema') ?? {});
    return { parameter: { body_parameter: { ...parameter, schema } } };
  }
  const field = place === 'path' ? 'path_parameter_sub_schema' : 'query_parameter_sub_schema';
  return { parameter: { non_body_parameter: { [field]: parameter } } };
}

function schemaMessage(schema: JsonObject): JsonObject {
  const { type, items, properties, additionalProperties, enum: values, $ref } = schema;
  return {
    ...($ref !== undefined && { _ref: $ref }),
    format: schema['format'],
    description: schema['description'],
    required: stringsAt(schema, 'required'),
    ...(Array.isArray(values) && { enum: values.map((value) => ({ yaml: JSON.stringify(value) })) }),
    ...(typeof type === 'string' && { type: { value: [type] } }),
    ...(isObject(items) && { items: { schema: [schemaMessage(items)] } }),
    ...(isObject(properties) && { properties: { additional_properties: named(properties, schemaMessage) } }),
    ...(isObject(additionalProperties) && {
      additional_properties: { schema: schemaMessage(additionalProperties) },
    }),
    vendor_extension: extensions(schema),
  };
}

function named(object: JsonObject | undefined, convert: (value: JsonObject) => JsonObject): JsonObject[] {
  const entries = Object.entries(object ?? {});
  return entries.map(([name, value]) => ({ name, value: convert(isObject(value) ? value : {}) }));
}

/** gnostic carries an extension's value as YAML text, of which JSON is a part. */
function extensions(object: JsonObject): JsonObject[] {
  return Object.entries(object)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, value]) => ({ name, value: { yaml: JSON.stringify(value) } }));
}

const one = (type: string, id: number) => ({ type, id });
const many = (type: string, id: number) => ({ rule: 'repeated', type, id });
const NAME = one('string', 1);

const MESSAGES = {
  Document: {
    fields: {
      swagger: one('string', 1),
      info: one('Info', 2),
      paths: one('Paths', 8),
      definitions: one('Definitions', 9),
    },
  },
  Info: { fields: { title: one('string', 1), version: one('string', 2) } },
  Any: { fields: { yaml: one('string', 2) } },
  NamedAny: { fields: { name: NAME, value: one('Any', 2) } },
  Paths: { fields: { path: many('NamedPathItem', 2) } },
  NamedPathItem: { fields: { name: NAME, value: one('PathItem', 2) } },
  PathItem: {
    fields: {
      get: one('Operation', 2),
      put: one('Operation', 3),
      post: one('Operation', 4),
      delete: one('Operation', 5),
      patch: one('Operation', 8),
      parameters: many('ParametersItem', 9),
    },
  },
  Operation: {
    fields: {
      operation_id: one('string', 5),
      produces: many('string', 6),
      consumes: many('string', 7),
      parameters: many('ParametersItem', 8),
      responses: one('Responses', 9),
      vendor_extension: many('NamedAny', 13),
    },
  },
  ParametersItem: { fields: { parameter: one('Parameter', 1) } },
  Parameter: {
    fields: { body_parameter: one('BodyParameter', 1), non_body_parameter: one('NonBodyParameter', 2) },
  },
  BodyParameter: {
    fields: {
      name: one('string', 2),
      in: one('string', 3),
      required: one('bool', 4),
      schema: one('Schema', 5),
    },
  },
  NonBodyParameter: {
    fields: {
      query_parameter_sub_schema: one('QueryParameterSubSchema', 3),
      path_parameter_sub_schema: one('PathParameterSubSchema', 4),
    },
  },
  QueryParameterSubSchema: {
    fields: {
      required: one('bool', 1),
      in: one('string', 2),
      name: one('string', 4),
      type: one('string', 6),
    },
  },
  PathParameterSubSchema: {
    fields: {
      required: one('bool', 1),
      in: one('string', 2),
      name: one('string', 4),
      type: one('string', 5),
    },
  },
  Responses: { fields: { response_code: many('NamedResponseValue', 1) } },
  NamedResponseValue: { fields: { name: NAME, value: one('ResponseValue', 2) } },
  ResponseValue: { fields: { response: one('Response', 1) } },
  Response: { fields: { description: one('string', 1) } },
  Definitions: { fields: { additional_properties: many('NamedSchema', 1) } },
  NamedSchema: { fields: { name: NAME, value: one('Schema', 2) } },
  Schema: {
    fields: {
      _ref: one('string', 1),
      format: one('string', 2),
      description: one('string', 4),
      required: many('string', 19),
      enum: many('Any', 20),
      additional_properties: one('AdditionalPropertiesItem', 21),
      type: one('TypeItem', 22),
      items: one('ItemsItem', 23),
      properties: one('Properties', 25),
      vendor_extension: many('NamedAny', 31),
    },
  },
  AdditionalPropertiesItem: { fields: { schema: one('Schema', 1) } },
  TypeItem: { fields: { value: many('string', 1) } },
  ItemsItem: { fields: { schema: many('Schema', 1) } },
  Properties: { fields: { additional_properties: many('NamedSchema', 1) } },
};
