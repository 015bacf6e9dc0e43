"""Delivery reports as Postfix and Exchange Online write them, and one by RFC 6533; made-up addresses."""

POSTFIX = """\
Return-Path: <>
Date: {date}
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces@clinic.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F1A2.1764180000/mx.example.net"
Message-Id: <20261126180000.4F1A2@mx.example.net>

This is a MIME-encapsulated message.

--4F1A2.1764180000/mx.example.net
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.
In-Reply-To: <not-the-one@elsewhere.example>

--4F1A2.1764180000/mx.example.net
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4F1A2
Arrival-Date: Thu, 26 Nov 2026 10:00:00 -0800 (PST)

Final-Recipient: rfc822; ana@example.org
Original-Recipient: rfc822;ana@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 5.1.1 <ana@example.org>: user unknown

--4F1A2.1764180000/mx.example.net
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: FineTouch Dermatology <no-reply@clinic.example>
To: ana@example.org
Subject: We have your request
Message-ID: {message_id}
Auto-Submitted: auto-generated

--4F1A2.1764180000/mx.example.net--
"""

EXCHANGE = """\
From: postmaster@example.com
To: bounces@clinic.example
Date: {date}
Content-Type: multipart/report; report-type=delivery-status;
 boundary="b5b7"
MIME-Version: 1.0
Subject: Undeliverable: We have your request

--b5b7
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain; charset="utf-8"

Your message couldn't be delivered.

--inner--

--b5b7
Content-Type: message/delivery-status

Reporting-MTA: dns;DM5.prod.outlook.com
Received-From-MTA: dns;mail.clinic.example

Final-Recipient: rfc822;ana@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound

--b5b7
Content-Type: message/rfc822

Received: from mail.clinic.example (203.0.113.7) by DM5.prod.outlook.com
From: FineTouch Dermatology <no-reply@clinic.example>
To: ana@example.com
Subject: We have your request
Message-ID:
 {message_id}
Content-Type: text/plain

Dear Ana

--b5b7--
"""

# RFC 6533: addresses and headers in UTF-8.
INTERNATIONAL = """\
From: MAILER-DAEMON@mx.example.net
To: bounces@clinic.example
Date: {date}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="u8"

--u8
Content-Type: text/plain

Sorry.

--u8
Content-Type: message/global-delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: utf-8; josé@example.org
Action: {action}
Status: {status}

--u8
Content-Type: message/global-headers

Subject: Hemos recibido su solicitud, José
Message-ID: {message_id}

--u8--
"""
SAMPLES = {"Postfix": POSTFIX, "Exchange": EXCHANGE, "RFC 6533": INTERNATIONAL}


def report(
    message_id: str,
    sample: str = POSTFIX,
    action: str = "failed",
    status: str = "5.1.1",
    date: str = "Thu, 26 Nov 2026 10:00:05 -0800",
) -> bytes:
    """One of them about `message_id`."""
    return sample.format(message_id=message_id, action=action, status=status, date=date).encode()
