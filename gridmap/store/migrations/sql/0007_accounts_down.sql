DROP TABLE gridmap.sign_in_attempt;
DROP TABLE gridmap.api_token;
DROP TABLE gridmap.sign_in;
DROP TABLE gridmap.account_area;
DROP TABLE gridmap.account;
