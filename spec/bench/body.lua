-- What all ways ask for and answer with, so that they do the same.

local customer = require "spec.support.bench_customer"

local body = {}

body.IN_FLIGHT = 100
body.CUSTOMER = customer
body.ID = customer:match('"id":"([^"]+)"')

body.PARAMS = {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  personalInformation = { firstName = "Jane", lastName = "Smith", dateOfBirth = "1990-01-15" },
  address = {
    line1 = "233 South Wacker Drive", city = "Chicago", state = "IL", postalCode = "60606",
    country = "USA",
  },
}

body.JSON = '{"type":"individual","email":"jane.smith@example.com","phone":"+14155550123",'
  .. '"personalInformation":{"firstName":"Jane","lastName":"Smith","dateOfBirth":"1990-01-15"},'
  .. '"address":{"line1":"233 South Wacker Drive","city":"Chicago","state":"IL",'
  .. '"postalCode":"60606","country":"USA"}}'

-- As long as the customer, so that the two compare.
local ITEM = '{"detail":"must be a valid value of this field","pointer":"/address/postalCode"}'
body.PROBLEM = '{"status":422,"detail":"The request could not be processed.",'
  .. '"code":"customer/invalid","correlationId":"8d3ce64e-6f1c-4e9a-b27b-63d0b6b2f6ac","errors":['
  .. ITEM .. ("," .. ITEM):rep(12) .. "]}"

-- What is decoded: 0.6, 1.2 and 40 kB.
body.TEXTS = {
  small = customer:gsub(',{"name":"kyc_profile_b".-}}', ""):gsub(',"personalInformation".*$', "}"),
  customer = customer,
  list = '{"customers":[' .. (customer .. ","):rep(34) .. "0]}",
}

return body
