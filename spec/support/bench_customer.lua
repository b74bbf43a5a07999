-- The customer of 1.2 kB that the benches read, as the API sends it: one line of JSON.

local customer = [[{"id":"customer_f31121c389624d3697cbf3ea8830b7a4","verificationProfiles":[
{"name":"kyc_profile_a","status":"incomplete","criteria":{"complete":["email_address",
"phone_number","residential_address","tax_identification_number"],"pending":[],"required":[
"identity_document","liveness_report_document"],"errors":[]}},
{"name":"kyc_profile_b","status":"incomplete","criteria":{"complete":["email_address",
"phone_number","residential_address","tax_identification_number"],"pending":[],"required":[
"identity_document","liveness_report_document"],"errors":[]}}],"tosStatus":"incomplete",
"createdAt":"2026-03-09T20:46:31.305Z","updatedAt":"2026-03-09T20:46:31.305Z",
"type":"individual","email":"jane.smith@example.com","phone":"+14155550123",
"meta":{"internalUserId":"usr_9912","tier":"gold","count":42},"firstName":"Jane",
"lastName":"Smith","dateOfBirth":"1990-01-15","personalInformation":{
"taxIdentificationNumberType":"ssn","taxIdentificationNumberCountry":"USA",
"taxIdentificationNumberDescription":"<string>","gender":"male","countryOfBirth":"USA",
"nationality":"USA","middleName":"James","occupationSocCode":"15-1132",
"residencyCountry":"USA","sourceOfFunds":"salary"}}]]

return (customer:gsub("\n", ""))
