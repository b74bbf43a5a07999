-- The endpoints of the API that have a method here, as data: it requires nothing. By version and
-- by the name of the method that calls them.
--
--   method, path   `{id}` stands for the id of the object
--   effect         what repeating it could do: "read" nothing; "update" nothing new, it sets
--                  absolute values or makes a link again; "create" a second thing
--   body           "json" or "form" (multipart); absent: none is sent
--   takes          the objects of `fields` that the body or the query is made of
--   answers        the object of `fields` that comes back; `http.shapes` says how it is read
-- A success of v1 lies in the `data` of its body, and a customer in the `customer` of that:
-- `http.outcome` takes it out.
-- Sources: vendor docs, API reference v2; v1 "Customers" and "Transfer API" guide.

return {
  v2 = {
    ["customer.create"] = {
      method = "POST", path = "/v2/customer", effect = "create", body = "json",
      takes = { "individual", "business" }, answers = "customer",
    },
    ["customer.get"] = {
      method = "GET", path = "/v2/customer/{id}", effect = "read", answers = "customer",
    },
    -- Individuals only: business data goes through the KYC link.
    ["customer.update"] = {
      method = "PATCH", path = "/v2/customer/{id}", effect = "update", body = "json",
      takes = { "individual_update" }, answers = "customer",
    },
    ["customer.list"] = {
      method = "GET", path = "/v2/customer", effect = "read", takes = { "customer_filters" },
      answers = "customer_page",
    },
    ["customer.tos_link"] = {
      method = "POST", path = "/v2/customer/{id}/tos-link", effect = "update", answers = "link",
    },
    ["customer.kyc_link"] = {
      method = "POST", path = "/v2/customer/{id}/kyc-link", effect = "update", answers = "link",
    },
    ["customer.face_link"] = {
      method = "POST", path = "/v2/customer/{id}/face-verification-link", effect = "update",
      answers = "link",
    },
    -- Each sends the customer a code, and a code is used up by its check.
    ["customer.send_code"] = {
      method = "POST", path = "/v2/customer/{id}/otp-send", effect = "create", body = "json",
      takes = { "code_send" }, answers = "code_sent",
    },
    ["customer.verify_code"] = {
      method = "POST", path = "/v2/customer/{id}/otp-verify", effect = "create", body = "json",
      takes = { "code_verify" }, answers = "code_verified",
    },
    ["document.upload"] = {
      method = "POST", path = "/v2/document", effect = "create", body = "form",
      takes = { "document_upload" }, answers = "document",
    },
    ["representative.create"] = {
      method = "POST", path = "/v2/business-representative", effect = "create", body = "json",
      takes = { "representative" }, answers = "representative_answer",
    },
    ["representative.get"] = {
      method = "GET", path = "/v2/business-representative/{id}", effect = "read",
      answers = "representative_answer",
    },
    ["representative.update"] = {
      method = "PATCH", path = "/v2/business-representative/{id}", effect = "update",
      body = "json", takes = { "representative_update" }, answers = "representative_answer",
    },
    ["representative.list"] = {
      method = "GET", path = "/v2/business-representative", effect = "read",
      takes = { "representative_filters" }, answers = "representative_page",
    },
    ["representative.face_link"] = {
      method = "POST", path = "/v2/business-representative/{id}/face-verification-link",
      effect = "update", answers = "link",
    },
  },

  v1 = {
    ["customer.create"] = {
      method = "POST", path = "/v1/customer", effect = "create", body = "json",
      takes = { "customer_create" }, answers = "customer",
    },
    ["customer.get"] = {
      method = "GET", path = "/v1/customer/{id}", effect = "read", answers = "customer",
    },
    ["customer.update"] = {
      method = "POST", path = "/v1/customer/{id}", effect = "update", body = "json",
      takes = { "customer_update" }, answers = "customer",
    },
    -- Its parameters are not documented; sibling lists answer `data.<plural>`.
    ["customer.list"] = {
      method = "GET", path = "/v1/customer", effect = "read", answers = "customer_page",
    },
    -- Both are called with the body `{}`.
    ["customer.tos_link"] = {
      method = "POST", path = "/v1/customer/{id}/tosLink", effect = "update", body = "json",
      answers = "link",
    },
    ["customer.kyc_link"] = {
      method = "POST", path = "/v1/customer/{id}/kycLink", effect = "update", body = "json",
      answers = "link",
    },
  },
}
